"""
Files to work over: on disk or in S3, Parquet, CSV or JSON lines; and how each comes before DuckDB.

A Parquet file on disk is read where it is, by DuckDB, which takes half of the time of Polars streaming
(docs/aggregate.md has the figures). One in S3 is read by Polars streaming, because DuckDB reads S3 only with
an extension that it fetches from the network; the columns that are needed go to a scratch file. CSV and JSON
are turned into such a file by DuckDB, whose guesses of types are those of one query over all files.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from terraloom.compute.expressions import literal, quoted
from terraloom.errors import ConfigError, PayloadError

if TYPE_CHECKING:
    import duckdb

    from terraloom.compute.spec import Plan

PARQUET = (".parquet", ".pq")
PACKED = ("", ".gz", ".zst")
CSV = tuple(kind + packed for kind in (".csv", ".tsv") for packed in PACKED)
LINES = tuple(kind + packed for kind in (".jsonl", ".ndjson") for packed in PACKED)

ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")  # as DuckDB calls them


class File(Struct, frozen=True):
    """A file as it was when work began; `stamp` changes with its content."""

    url: str
    bytes: int
    stamp: str

    @property
    def remote(self) -> bool:
        return self.url.startswith("s3://")


def found(patterns: Iterable[str]) -> list[File]:
    """The files of paths, globs, folders and s3:// prefixes, by name. Raises `ConfigError` for none."""
    files: dict[str, File] = {}
    for pattern in patterns:
        some = _in_s3(pattern) if pattern.startswith("s3://") else _on_disk(pattern)
        if not some:
            raise ConfigError("files", pattern, "files that exist")
        files |= {file.url: file for file in some}
    return [files[url] for url in sorted(files)]


def _on_disk(pattern: str) -> list[File]:
    path = Path(pattern.removeprefix("file://")).expanduser()
    if path.is_dir():
        names = [str(one) for one in path.rglob("*") if one.is_file() and _readable(one.name)]
    else:
        names = [str(path)] if path.exists() else glob.glob(str(path), recursive=True)
    return [_stated(name) for name in names if not os.path.isdir(name)]


def _readable(name: str) -> bool:
    return name.lower().endswith(PARQUET + CSV + LINES)


def _stated(name: str) -> File:
    path = os.path.abspath(name)
    state = os.stat(path)
    return File(path, state.st_size, f"{state.st_mtime_ns}")


def _in_s3(pattern: str) -> list[File]:
    """What matches a name, a prefix that ends in a slash, or a glob within one prefix."""
    from fnmatch import fnmatchcase

    from terraloom.archive.objects import Objects

    bucket, _, key = pattern.removeprefix("s3://").partition("/")
    fixed = key.split("*", 1)[0].rpartition("/")[0]
    whole = not key or key.endswith("/")
    wanted = key + "*" if whole else key
    store = Objects.open_at(f"s3://{bucket}")
    return [
        File(f"s3://{bucket}/{one.path}", one.bytes, one.written_at.isoformat())
        for one in store.listed(fixed)
        if fnmatchcase(one.path, wanted) and (not whole or _readable(one.path))
    ]


def open_view(connection: duckdb.DuckDBPyConnection, file: File, plan: Plan, scratch: Path) -> None:
    """Make the view `file` of the columns that a plan reads. Raises DuckDB's and Polars' own errors."""
    wanted = ", ".join(map(quoted, plan.reads)) or "1 AS nothing"
    name = file.url.lower()
    typed = ", ".join(_typed(column, plan) for column in plan.reads) or wanted
    if name.endswith(PARQUET):
        path = _fetched_columns(file, plan.reads, scratch) if file.remote else file.url
        source = f"read_parquet({literal(path)})"
    elif name.endswith(CSV + LINES):
        reader = _reader(_fetched(file, scratch) if file.remote else file.url, plan)
        staged = literal(str(scratch / "staged.parquet"))
        connection.execute(
            f"COPY (SELECT {typed} FROM {reader}) TO {staged} (FORMAT parquet, COMPRESSION lz4)"
        )
        source = f"read_parquet({staged})"
    else:
        raise PayloadError(f"{file.url}: a file that ends in {', '.join(PARQUET + CSV + LINES)} was expected")
    connection.execute(f"CREATE VIEW file AS SELECT {_utc(connection, plan, source) or wanted} FROM {source}")


def _utc(connection: duckdb.DuckDBPyConnection, plan: Plan, source: str) -> str:
    """
    The columns, with times that have a zone as UTC without one: DuckDB takes five times as long to find the
    hour of the others, since it asks for the rules of zones row by row.
    """
    shown = ", ".join(map(quoted, plan.reads))
    described = connection.sql(f"DESCRIBE SELECT {shown} FROM {source}").fetchall() if shown else []
    plain = "make_timestamp(epoch_us({0}::TIMESTAMPTZ)) AS {0}"
    zoned = {quoted(row[0]) for row in described if row[1] in ZONED}
    return ", ".join(plain.format(c) if c in zoned else c for c in map(quoted, plan.reads))


def _reader(path: str, plan: Plan) -> str:
    """
    The table function of a text file. It is looked through whole, so that guessed types hold to the end,
    which takes most of the time; where the spec names the type of every column it reads, nothing is guessed.
    """
    named = set(plan.reads) <= set(plan.columns)
    read = (
        plan.columns
        if path.lower().endswith(CSV)
        else {name: plan.columns.get(name, "") for name in plan.reads}
    )
    types = "{" + ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in read.items()) + "}"
    guessed = "" if named else ", sample_size = -1"
    if path.lower().endswith(CSV):
        return f"read_csv({literal(path)}{guessed}{f', types = {types}' if read else ''})"
    given = f", columns = {types}" if named and read else guessed
    return f"read_json({literal(path)}, format = 'newline_delimited'{given})"


def _typed(column: str, plan: Plan) -> str:
    """A column of a text file, as the type that the spec names."""
    name = quoted(column)
    return f"CAST({name} AS {plan.columns[column]}) AS {name}" if column in plan.columns else name


def _fetched_columns(file: File, columns: Sequence[str], scratch: Path) -> str:
    """The columns of a Parquet file in S3, on disk, streamed by Polars."""
    import polars as pl

    path = scratch / "columns.parquet"
    frame = pl.scan_parquet(file.url, storage_options=_storage_options())
    (frame.select(columns) if columns else frame).sink_parquet(path, compression="lz4")
    return str(path)


def _fetched(file: File, scratch: Path) -> str:
    """A text file in S3, on disk."""
    from terraloom.archive.objects import Objects

    folder, _, name = file.url.rpartition("/")
    path = scratch / name
    with Objects.open_at(folder).reader(name) as source, path.open("wb") as out:
        while block := source.read(1 << 22):
            out.write(block)
    return str(path)


def _storage_options() -> dict[str, str]:
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")
    return {"aws_endpoint_url": endpoint, "aws_allow_http": "true"} if endpoint.startswith("http://") else {}
