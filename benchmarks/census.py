"""
The WSPR census over many files: wall time and memory beside plain DuckDB and Polars over the same files.

`CENSUS_FILES` (default 12, whole: 100) months of `CENSUS_ROWS` (default and whole: 3,000,000) spots are made
in `CENSUS_FOLDER` (default: a temporary folder, deleted afterwards). Each way runs in a process of its own;
its resident memory is watched, and that of its children. One that takes more than `CENSUS_MOST` bytes
(default 8e9) is ended, and the table says so.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import psutil
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from terraloom.compute.expressions import literal
from terraloom.compute.local import peak_memory
from terraloom.db import bulk

SQL = bulk.statements(Path(__file__).with_suffix(".sql").read_text())
CENSUS = files("terraloom.compute").joinpath("census.yaml")
COUNT = int(os.environ.get("CENSUS_FILES", "12"))
ROWS = int(os.environ.get("CENSUS_ROWS", "3000000"))
MOST = int(float(os.environ.get("CENSUS_MOST", "8e9")))
FIELDS = (
    "JO JN IO EM FN DM CM EN EL DN IN JP KO KN PM PF QF QG KP JM IM GG FF BL CN DO FM FK RE OF KG OK OJ LO "
    "MO PK AP BP HM IJ LL NK RF"
).split()
BANDS = [-1, 0, 1, 3, 3, 5, *[7] * 4, *[10] * 3, *[14] * 7, 18, 21, 24, *[28] * 3, *[50] * 2, 144]


class Ran(Struct, frozen=True):
    """One way over all files."""

    seconds: float
    peak: int  # most resident memory of any process, bytes
    spots: int  # what it counted; 0: it was ended
    peaks: tuple[int, ...] = ()  # of each file's process


def run(console: Console) -> None:
    with ExitStack() as stack:
        folder = os.environ.get("CENSUS_FOLDER") or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="terraloom-bench-")
        )
        size = sum(make(Path(folder), n) for n in range(COUNT))
        title = f"census: {COUNT} files, {COUNT * ROWS / 1e6:,.0f} million spots, {size / 1e9:.1f} GB"
        shown = Table("way", "seconds", "of DuckDB", "most memory of a process, MB", "spots", title=title)
        found = {name: watched(way, folder) for name, way in WAYS.items() if COUNT < 50 or way not in SLOW}
        base = found[DUCKDB].seconds
        for name, ran in found.items():
            spots = f"{ran.spots:,}" if ran.spots else f"ended at {MOST / 1e9:g} GB"
            shown.add_row(
                name, f"{ran.seconds:.1f}", f"{ran.seconds / base:.2f}×", f"{ran.peak / 1e6:,.0f}", spots
            )
        console.print(shown)
        for name, ran in found.items():
            if ran.peaks:
                first, middle, last = (ran.peaks[k] / 1e6 for k in (0, len(ran.peaks) // 2, -1))
                console.print(
                    f"{name}: first file {first:.0f} MB, middle {middle:.0f} MB, last {last:.0f} MB"
                )


def make(folder: Path, n: int) -> int:
    """One month of spots, unless it is there; its size in bytes."""
    import duckdb

    year, month = divmod(2008 * 12 + 2 + n, 12)
    path = folder / f"wspr_raw_{year}{month + 1:02d}.parquet"
    if not path.exists():
        start = int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp() * 1000)
        values = {
            "fields": FIELDS,
            "bands": BANDS,
            "seed": n,
            "rows": ROWS,
            "start": start,
            "path": f"{path}.part",
        }
        query: str = SQL["spots"]
        for name, value in values.items():  # COPY takes no parameters
            query = query.replace(f"${name}", literal(value) if isinstance(value, str) else str(value))
        with duckdb.connect(config={"memory_limit": "4GB"}) as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute(query)
        Path(f"{path}.part").replace(path)
    return path.stat().st_size


def ours(folder: str, **engine: Any) -> tuple[int, tuple[int, ...]]:
    """`terraloom aggregate` with the census's spec."""
    from terraloom.compute import aggregating, spec
    from terraloom.compute import engine as engines
    from terraloom.compute.files import found

    asked = aggregating.Aggregation(spec.read(Path(str(CENSUS))), found([folder]))
    opened = engines.opened(**{"name": "local", "workers": os.cpu_count() or 1} | engine)
    try:
        done = asked.run(opened)
    finally:
        opened.close()
    assert not done.failed, done.failed
    return sum(done.tables["calendar"]["spots"].to_pylist()), tuple(done.peaks)


def one_worker(folder: str) -> tuple[int, tuple[int, ...]]:
    return ours(folder, workers=1)


def inline(folder: str) -> tuple[int, tuple[int, ...]]:
    return ours(folder, name="inline")


def duckdb_over_all(folder: str) -> tuple[int, tuple[int, ...]]:
    """The same tables as one query each over all files; times without zones, which is faster."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute(
        "CREATE VIEW spots AS SELECT * REPLACE (make_timestamp(epoch_us(time)) AS time) "
        f"FROM read_parquet({literal(folder + '/*.parquet')})"
    )
    spots = 0
    for name in ("months", "calendar", "bands", "distances", "hours", "corridors"):
        table = connection.sql(SQL[name]).to_arrow_table()
        if name == "calendar":
            spots = sum(table["spots"].to_pylist())
    return spots, ()


def polars_over_all(folder: str) -> tuple[int, tuple[int, ...]]:
    """The same in Polars, `scan_parquet().collect()`: its own choice of engine."""
    import polars as pl

    scan = pl.scan_parquet(folder + "/*.parquet")
    time, snr, km = pl.col("time"), pl.col("snr"), pl.col("distance")
    month, pair = time.dt.truncate("1mo").alias("month"), pl.concat_str("tx_sign", pl.lit(" "), "rx_sign")
    counted = (
        pl.col("tx_sign").approx_n_unique(),
        pl.col("rx_sign").approx_n_unique(),
        pair.approx_n_unique().alias("paths"),
    )
    spread = snr.mean().alias("mean"), snr.std().alias("deviation")
    far = km.max().alias("farthest")
    fields = (pl.col(c).str.slice(0, 2).str.to_uppercase() for c in ("tx_loc", "rx_loc"))
    quantiles = [snr.quantile(q).alias(f"q{q}") for q in (0.1, 0.5, 0.9)]
    first = pl.struct("distance", "time", "tx_sign", "rx_sign").top_k_by("distance", 10).alias("first")
    calendar = scan.group_by(month).agg(pl.len(), *counted).collect()
    for query in (
        scan.group_by(month, "band").agg(pl.len(), *spread, km.mean().alias("distance"), far),
        scan.group_by("band").agg(pl.len(), *counted, *spread, *quantiles, first),
        scan.group_by("band", km // 500).agg(pl.len()),
        scan.group_by("band", time.dt.hour().alias("hour")).agg(pl.len(), snr.mean(), far),
        scan.group_by(month, "band", *fields).agg(pl.len(), snr.mean(), far),
    ):
        query.collect()
    return calendar["len"].sum(), ()


DUCKDB = "DuckDB, one query for each table"
Way = Callable[[str], tuple[int, tuple[int, ...]]]
WAYS: dict[str, Way] = {
    DUCKDB: duckdb_over_all,
    "Polars, scan_parquet().collect()": polars_over_all,
    "terraloom, a process per file": ours,
    "terraloom, one process at a time": one_worker,
    "terraloom, inline": inline,
}


SLOW = (one_worker, inline)  # left out of the whole size: they only show what the choice of workers gains


def watched(way: Way, folder: str) -> Ran:
    """Run a way in a fresh process, and end it where it, or a child of its, takes too much memory."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(theirs, way, folder))
    process.start()
    theirs.close()
    seen, peak, begun = psutil.Process(process.pid), 0, time.perf_counter()
    while process.is_alive() and not mine.poll(0.1):
        peak = max([peak, *map(_resident, [seen, *_children(seen)])])
        if peak > MOST:
            process.kill()
    try:
        seconds, own, spots, peaks = mine.recv()
    except EOFError:
        seconds, own, spots, peaks = time.perf_counter() - begun, 0, 0, ()
    process.join()
    return Ran(seconds, max(peak, own, *peaks, 0), spots, peaks)


def _tell(pipe: Any, way: Way, folder: str) -> None:
    begun = time.perf_counter()
    spots, peaks = way(folder)
    pipe.send((time.perf_counter() - begun, peak_memory(), spots, peaks))


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
