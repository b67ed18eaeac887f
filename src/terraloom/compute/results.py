"""The state of all files as tables for people: values in place of sketches, ordered, written as files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from terraloom.compute.expressions import quoted
from terraloom.compute.measures import Cells, Measure
from terraloom.compute.relations import KEY, Partial
from terraloom.compute.spec import Plan, Table
from terraloom.errors import ConfigError

if TYPE_CHECKING:
    import duckdb

VALUE = "value:"  # before names of values in a base
SLICE = 50_000  # rows of a table that are values of Python at a time
FORMATS = (".parquet", ".csv", ".json")


def tables(connection: duckdb.DuckDBPyConnection, plan: Plan, state: Partial) -> dict[str, pa.Table]:
    """The result of each table of a plan; none where no file could be read."""
    return {table.name: _table(connection, table, state) for table in plan.tables if table.name in state}


def _table(connection: duckdb.DuckDBPyConnection, table: Table, state: Partial) -> pa.Table:
    base = state[table.name]
    plain = {name: x for name, one in table.measures.items() if (x := one.plain(base)) is not None}
    slow = {name: one for name, one in table.measures.items() if name not in plain}
    if slow:
        slices = [base.slice(start, SLICE) for start in range(0, len(base), SLICE)] or [base]
        found = [_values(connection, table, slow, rows, state) for rows in slices]
        values = pa.concat_tables(found, promote_options="permissive")
        for name in slow:
            base = base.append_column(VALUE + name, values[name])
    shown = [f"{quoted(KEY + name)} AS {quoted(name)}" for name in table.keys]
    shown += [f"{plain.get(name, quoted(VALUE + name))} AS {quoted(name)}" for name in table.measures]
    connection.register("base", base)
    ordered = connection.sql(f"SELECT {', '.join(shown)} FROM base{_order(table)}").to_arrow_table()
    connection.unregister("base")
    return ordered


def _order(table: Table) -> str:
    order = [
        f"{quoted(one.removeprefix('-'))} {'DESC' if one[0] == '-' else ''} NULLS LAST" for one in table.order
    ]
    order += [quoted(name) for name in table.keys]  # whatever is tied has an order too
    limit = f" LIMIT {table.limit}" if table.limit is not None else ""
    return (f" ORDER BY {', '.join(order)}" if order else "") + limit


def _values(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    measures: Mapping[str, Measure],
    base: pa.Table,
    state: Partial,
) -> pa.Table:
    """Measures of some rows of a table's base, value by value."""
    rows = base.drop_columns([name for name in base.column_names if name.startswith(KEY)]).to_pylist()
    columns = {}
    for name, measure in measures.items():
        cells = _cells(connection, table, measure.cells, base, state) if measure.cells else [[]] * len(rows)
        values = [measure.result(row, of) for row, of in zip(rows, cells, strict=True)]
        columns[name] = _column(values, measure)
    return pa.table(columns)


def _cells(
    connection: duckdb.DuckDBPyConnection, table: Table, cells: Cells, base: pa.Table, state: Partial
) -> list[list[dict[str, Any]]]:
    """What tells of a sketch, for each row of a base, in its order."""
    connection.register("base", base.select([KEY + name for name in table.keys] or base.column_names[:1]))
    connection.register("cells", state[table.sketch(cells)])
    keys = [quoted(KEY + name) for name in table.keys]
    shown = ", ".join(f"{quoted(name)} := c.{quoted(name)}" for name in (*cells.tells, "times"))
    alike = " AND ".join(f"b.{key} IS NOT DISTINCT FROM c.{key}" for key in keys) or "TRUE"
    told = ", ".join([*keys, *map(quoted, cells.tells)])
    found = connection.sql(
        f"SELECT b.n, list(struct_pack({shown})) FROM (SELECT *, row_number() OVER () - 1 AS n FROM base) b"
        f" JOIN (SELECT {told}, count(*) AS times FROM cells GROUP BY ALL) c ON {alike} GROUP BY b.n"
    ).fetchall()
    connection.unregister("base")
    connection.unregister("cells")
    by_row = dict(found)
    return [by_row.get(n, []) for n in range(len(base))]


def _column(values: list[Any], measure: Measure) -> pa.Array:
    if measure.type is None and any(isinstance(value, int | Decimal) for value in values):
        large = any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in values)
        return pa.array([value if value is None or not large else Decimal(value) for value in values])
    return pa.array(values, measure.type)


def check(names: Sequence[str], output: Path) -> None:
    """Raises `ConfigError` where tables cannot be written there; better before they are made."""
    suffix = output.suffix.lower()
    if suffix not in ("", *FORMATS) or (suffix in (".parquet", ".csv") and len(names) > 1):
        expected = "a folder or .json" if len(names) > 1 else "a folder, " + ", ".join(FORMATS)
        raise ConfigError("--output", str(output), f"{expected} for {len(names)} tables")


def write(found: Mapping[str, pa.Table], output: Path) -> list[Path]:
    """
    Write tables: one as ``.parquet``, ``.csv`` or ``.json``, several as ``.json`` or, Parquet, in a folder.
    Each file is whole or not there. Raises `ConfigError` for another name.
    """
    check(list(found), output)
    suffix = output.suffix.lower()
    if not suffix:
        output.mkdir(parents=True, exist_ok=True)
        return [_one(table, output / f"{name}.parquet") for name, table in found.items()]
    if suffix == ".json":
        return [_replace(output, lambda out: _json(found, out))]
    return [_one(next(iter(found.values())), output)]


def _one(table: pa.Table, path: Path) -> Path:
    if path.suffix.lower() == ".csv":
        return _replace(path, lambda out: _csv(table, out))
    return _replace(path, lambda out: pq.write_table(table, out, compression="zstd"))


def _replace(path: Path, write: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.part")
    with scratch.open("wb") as out:
        write(out)
    scratch.replace(path)
    return path


def _json(found: Mapping[str, pa.Table], out: BinaryIO) -> None:
    """Tables as one object, name -> rows; a row on a line, and few of them in memory."""
    for n, (name, table) in enumerate(found.items()):
        out.write((b",\n" if n else b"{") + msgspec.json.encode(name) + b": [")
        for start in range(0, len(table), SLICE):
            rows = table.slice(start, SLICE).to_pylist()
            out.write((b",\n" if start else b"\n") + b",\n".join(map(msgspec.json.encode, rows)))
        out.write(b"]")
    out.write(b"}\n" if found else b"{}\n")


def _csv(table: pa.Table, out: BinaryIO) -> None:
    """A table as CSV; what is a list in it stands as JSON."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(table.column_names)
    nested = [pa.types.is_nested(field.type) for field in table.schema]
    for start in range(0, len(table), SLICE):
        for row in zip(*(column.to_pylist() for column in table.slice(start, SLICE).columns), strict=True):
            writer.writerow(
                [json.dumps(x, default=str) if n else x for x, n in zip(row, nested, strict=True)]
            )
    text.detach()
