"""
The site with 40 million values stored: refreshing all caches, and pages under 200 requests a second.

The server is one process; the load comes from another, at fixed times whatever the answers take, so that a
slow answer is not hidden by fewer questions.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.feeds import new_events
from benchmarks.machine import Scratch, scratch
from terraloom import caches
from terraloom.hazards.rules import Rules
from terraloom.ingest import ingest
from terraloom.observations import partitions
from terraloom.observations.batch import series_id
from terraloom.observations.catalogue import catalogue, describe
from terraloom.sources import registry

VALUES = 40_000_000
DAYS = 8_000
METRICS = 25
NOW = datetime(2026, 11, 1, tzinfo=UTC)
RATE, SECONDS = 200, 20
MEGABYTE = 1024  # ru_maxrss counts in KiB

FILL = """
INSERT INTO observations (series, time, payload, value, flag, revision)
SELECT s.id, %(first)s::timestamptz + n * s.every, 1, 20 + 5 * sin(n / 57.0) + (hashint4(n) %% 100) / 50.0,
       0, 0
FROM unnest(%(ids)s::bigint[], %(every)s::interval[]) AS s (id, every), generate_series(0, %(count)s - 1) AS n
"""
ROLL_UP = """
INSERT INTO {} (series, start, n, flagged, sum, min, max, last)
SELECT series, date_trunc(%s, time, 'UTC'), count(*), 0, sum(value), min(value), max(value), max(value)
FROM observations GROUP BY 1, 2
"""
COUNT = """
UPDATE series s SET n = c.n, first_time = c.first, last_time = c.last, last_good = c.last, last_value = 20
FROM (SELECT series, sum(n) AS n, min(start) AS first, max(start) AS last
      FROM observations_daily GROUP BY series) c
WHERE s.id = c.series
"""
DIRTY = """
INSERT INTO dirty_days
SELECT DISTINCT s.metric, d.start FROM observations_daily d JOIN series s ON s.id = d.series
"""


def run(console: Console) -> None:
    with scratch() as place:
        begun = time.perf_counter()
        metric = _fill(place)
        console.print(
            f"{VALUES:,} values stored in {time.perf_counter() - begun:.0f} s", style="dim", highlight=False
        )
        _caches(console, place)
        _pages(console, place, metric)


def _caches(console: Console, place: Scratch) -> None:
    shown = Table("refresh of all caches", "seconds", title=f"caches, {VALUES:,} values")
    with place.connect() as connection:
        for what in ("the first time", "nothing new", "an hour of all metrics new"):
            if what.startswith("an hour"):
                connection.execute(
                    "INSERT INTO dirty_days SELECT metric, max(start) FROM metric_days GROUP BY metric"
                )
                connection.execute("UPDATE metric_days SET value = value + 1 WHERE start > %s", [NOW])
                connection.commit()
            begun = time.perf_counter()
            caches.refresh(connection, NOW)
            shown.add_row(what, f"{time.perf_counter() - begun:.2f}")
    console.print(shown)


def _pages(console: Console, place: Scratch, metric: str) -> None:
    shown = Table("address", "p50", "p90", "p99", "max", "bytes", title=f"{RATE} requests/s, ms")
    with _served(place) as (port, memory):
        for path in ("/", f"/metrics/{metric}", f"/api/v1/timeline?metric={metric}", "/api/v1/timeline"):
            times, size = asyncio.run(_load(port, path))
            quantiles = np.percentile(np.array(times) * 1e3, [50, 90, 99, 100])
            shown.add_row(path, *(f"{ms:.1f}" for ms in quantiles), f"{size:,}")
        console.print(shown)
    console.print(f"peak memory of the server: {memory.get() / MEGABYTE:.0f} MiB", highlight=False)


async def _load(port: int, path: str) -> tuple[list[float], int]:
    """Ask at a fixed rate over kept connections; seconds of each answer from the moment it was due."""
    times: list[float] = []
    sizes: list[int] = []
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(16):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))

    async def ask(due: float) -> None:
        reader, writer = await free.get()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head[:200]
        length = next(
            int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        await reader.readexactly(length)
        times.append(time.perf_counter() - due)
        sizes.append(length)
        free.put_nowait((reader, writer))

    await ask(time.perf_counter())  # warm
    times.clear()
    begun = time.perf_counter()
    tasks = []
    for n in range(RATE * SECONDS):
        due = begun + n / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(ask(due)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait()[1].close()
    return times, sizes[0]


@contextmanager
def _served(place: Scratch) -> Iterator[tuple[int, Queue[int]]]:
    """The server in a process of its own: its port, and where it leaves its peak memory, KiB, at the end."""
    processes = multiprocessing.get_context("spawn")
    port, memory, stop = processes.Queue(), processes.Queue(), processes.Event()
    server = processes.Process(target=_serve, args=(place.url, place.archive.url, port, memory, stop))
    server.start()
    try:
        yield port.get(), memory
    finally:
        stop.set()
        server.join()


def _serve(url: str, storage: str, port: Queue[int], memory: Queue[int], stop: Any) -> None:
    import threading

    import uvicorn

    from terraloom.config import Settings
    from terraloom.runtime import open_runtime
    from terraloom.serve import create_app

    settings = Settings(home=Path(storage).parent, database_url=url)
    with open_runtime(settings, migrate=False) as runtime:
        config = uvicorn.Config(
            create_app(runtime, clock=lambda: NOW), port=0, log_level="warning", access_log=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        time.sleep(3)  # the shelf has looked
        port.put(server.servers[0].sockets[0].getsockname()[1])
        stop.wait()
        server.should_exit = True
        thread.join()
    memory.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _fill(place: Scratch) -> str:
    """Days of decades for 25 metrics, and minutes for all values that remain; returns one of the metrics."""
    names = sorted(catalogue())[:METRICS]
    minutes = (VALUES - METRICS * DAYS) // METRICS
    with place.connect() as connection:
        for poll in new_events(2, 500, start_s=(NOW - timedelta(days=2)).timestamp()):
            ingest(connection, place.archive, [poll], Rules())
        for source in registry().values():
            describe(connection, source.info)
        first = NOW - timedelta(days=DAYS)
        months = np.arange(np.datetime64(first.date(), "M"), np.datetime64("2026-12", "M"))
        for month in partitions.missing(connection, partitions.partitions_of(months)):
            partitions.make(connection, month)
        _fill_series(connection, names, "daily", timedelta(days=1), first, DAYS)
        _fill_series(
            connection, names, "minutes", timedelta(minutes=1), NOW - timedelta(minutes=minutes), minutes
        )
        for span, table in (("hour", "observations_hourly"), ("day", "observations_daily")):
            connection.execute(ROLL_UP.format(table), [span])
        connection.execute(COUNT)
        connection.execute(DIRTY)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
    return names[0]


def _fill_series(
    connection: psycopg.Connection[Any],
    names: list[str],
    station: str,
    every: timedelta,
    first: datetime,
    count: int,
) -> None:
    ids = [series_id(name, f"benchmark/{station}") for name in names]
    connection.execute(
        "INSERT INTO stations VALUES (%s, 'benchmark', %s, 10, 50, 100, 'fixed', 1)",
        [f"benchmark/{station}", station],
    )
    connection.execute(
        "INSERT INTO series (id, metric, station, source, n, flagged, withdrawn, revisions) "
        "SELECT id, metric, %s, 'benchmark', 0, 0, 0, 0 "
        "FROM unnest(%s::bigint[], %s::text[]) AS n (id, metric)",
        [f"benchmark/{station}", ids, names],
    )
    for one in ids:
        connection.execute(FILL, {"ids": [one], "every": [every], "first": first, "count": count})
        connection.commit()
