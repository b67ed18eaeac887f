"""
A month of WSPR, 31 million spots in 31 files of a day, made one file: by the archive's way, and by others.
The archive's reads every value of the file again, and is measured with a month that came as one file, too.

Each way has a process of its own, whose peak of resident memory the kernel tells (VmHWM). All give all rows.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from multiprocessing.queues import Queue
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

MONTH, DAYS = datetime(2024, 3, 1, tzinfo=UTC), 31
PER_SLOT = 1_400  # spots in two minutes: 31.2 million in the month
ROWS_OF_CLICKHOUSE = 1_000_000  # in a row group of its Parquet files
LIMIT_MB = 600

Way = Callable[[list[Path], Path], object]


def run(console: Console) -> None:
    processes = multiprocessing.get_context("spawn")
    shown = Table("way", "rows/s", "seconds", "peak memory, MB", "rows in order", "size, MB")
    with tempfile.TemporaryDirectory(prefix="terraloom-bench-") as folder:
        days = [Path(folder) / f"{n + 1:02}.parquet" for n in range(DAYS)]
        maker = processes.Process(target=_make, args=(days,))
        maker.start()
        maker.join()
        rows = sum(pq.read_metadata(day).num_rows for day in days)
        for name, way in WAYS.items():
            told: Queue[tuple[float, int]] = processes.Queue()
            into = Path(folder) / ("whole.parquet" if way is _ours else "month.parquet")
            parts = [Path(folder) / "whole.parquet"] if way is _ours_whole else days
            worker = processes.Process(target=_measure, args=(way, parts, into, told))
            worker.start()
            seconds, peak_mb = told.get()
            worker.join()
            assert pq.read_metadata(into).num_rows == rows, name
            ordered, size = _in_order(into), into.stat().st_size / 1e6
            figures = (f"{rows / seconds:,.0f}", f"{seconds:.1f}", f"{peak_mb}")
            shown.add_row(name, *figures, "yes" if ordered else "no", f"{size:.0f}")
            if way in (_ours, _ours_whole):
                assert peak_mb <= LIMIT_MB, f"{peak_mb} MB, allowed are {LIMIT_MB}"
    shown.title = f"wspr: {rows:,} spots of {DAYS} files made one"
    console.print(shown)


def _make(days: list[Path]) -> None:
    from terraloom.universe import wspr_spots

    wspr_spots.BATCH = ROWS_OF_CLICKHOUSE
    for n, day in enumerate(days):
        since = MONTH + timedelta(days=n)
        wspr_spots.write_spots(day, since=since, until=since + timedelta(days=1), per_slot=PER_SLOT)


def _measure(way: Way, days: list[Path], into: Path, told: Queue[tuple[float, int]]) -> None:
    begun = time.perf_counter()
    way(days, into)
    seconds = time.perf_counter() - begun
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    told.put((seconds, int(peak.split()[1]) // 1024))


def _in_order(path: Path) -> bool:
    """Whether each row group begins no earlier than the one before ends, by their statistics."""
    metadata = pq.read_metadata(path)
    at = metadata.schema.names.index("time")
    groups = [metadata.row_group(n).column(at).statistics for n in range(metadata.num_row_groups)]
    return all(one.max <= other.min for one, other in pairwise(groups))


def _ours(days: list[Path], into: Path) -> None:
    from terraloom.backfill.jobs import Window
    from terraloom.backfill.wspr.checking import check
    from terraloom.backfill.wspr.merging import merge

    rows = merge(days, into)
    check(into, Window(MONTH, MONTH + timedelta(days=DAYS)), rows)


def _ours_whole(parts: list[Path], into: Path) -> None:
    _ours(parts, into)


def _concat(days: list[Path], into: Path) -> None:
    import pyarrow as pa

    pq.write_table(pa.concat_tables([pq.read_table(day) for day in days]), into, compression="zstd")


def _polars(days: list[Path], into: Path) -> None:
    import polars as pl

    pl.scan_parquet(days).sink_parquet(into, compression="zstd")


def _duckdb(days: list[Path], into: Path, *, settings: str) -> None:
    import duckdb

    with duckdb.connect() as engine:
        engine.execute(f"SET enable_progress_bar = false; {settings}")
        files = [str(day) for day in days]
        engine.execute(f"COPY (FROM read_parquet({files})) TO '{into}' (FORMAT parquet, COMPRESSION zstd)")


WAYS: dict[str, Way] = {
    "terraloom, and read again": _ours,
    "the same, of one file": _ours_whole,
    "pyarrow, all in memory": _concat,
    "Polars, sink_parquet": _polars,
    "DuckDB": partial(_duckdb, settings="SET preserve_insertion_order = true"),
    "DuckDB, 400 MB allowed": partial(_duckdb, settings="SET memory_limit = '400MB'"),
    "DuckDB, in any order": partial(_duckdb, settings="SET preserve_insertion_order = false"),
}
