"""Values per second from parsed records to durable, deduplicated rows with hours and days kept."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

from psycopg import Connection
from rich.console import Console
from rich.table import Table

from benchmarks.machine import Scratch, scratch
from terraloom.archive import Archive, record_many
from terraloom.hazards.rules import Rules
from terraloom.ingest import Parsed, apply
from terraloom.records import Metric, Observation, Payload
from terraloom.sources import SourceInfo

START = datetime(2020, 1, 1, tzinfo=UTC)
METRIC = Metric(id="benchmark", title="A value", unit="1", low=-1e9, high=1e9, field="benchmark")
SOURCE = SourceInfo(
    id="benchmark-values",
    title="Made values",
    provider="benchmark",
    agency="benchmark",
    url="https://benchmark.test/",
    every="1m",
    emits=Observation,
    metrics=(METRIC,),
    licence="none",
    citation="none",
)
STATIONS, MINUTES, PAYLOADS = 500, 200, 8
WINDOW, POLLS = 10_080, 40
NAIVE_VALUES = 3000

NAIVE = """
INSERT INTO observations (series, time, payload, value, flag, revision)
VALUES (%(series)s, %(time)s, 1, %(value)s, 0, 0)
ON CONFLICT (series, time) DO UPDATE SET value = excluded.value, revision = observations.revision + 1
"""
NAIVE_SUM = """
INSERT INTO {} AS s (series, start, n, flagged, sum, min, max, last)
VALUES (%(series)s, date_trunc(%(span)s, %(time)s, 'UTC'), 1, 0, %(value)s, %(value)s, %(value)s, %(value)s)
ON CONFLICT (series, start) DO UPDATE SET n = s.n + 1, sum = s.sum + excluded.sum,
    min = least(s.min, excluded.min), max = greatest(s.max, excluded.max), last = excluded.last
"""


def run(console: Console) -> None:
    shown = Table("way", "writers", "values", "seconds", "values/s", "ratio", title="observations")
    with scratch() as place:
        naive = _naive(place)
    _row(shown, "a value at a time, plain SQL upserts", 1, *naive, naive)
    for kind in KINDS:
        for writers in (1, 2):
            with scratch() as place:
                _row(shown, kind, writers, *_measure(place, kind, writers), naive)
    console.print(shown)


def _row(
    shown: Table, name: str, writers: int, values: int, seconds: float, naive: tuple[int, float]
) -> None:
    rate, base = values / seconds, naive[0] / naive[1]
    shown.add_row(name, str(writers), f"{values:,}", f"{seconds:.2f}", f"{rate:,.0f}", f"{rate / base:.0f}×")


def _going_on(writer: int) -> Iterator[list[Observation]]:
    """Minutes of many stations, payload after payload."""
    for n in range(PAYLOADS + 1):
        yield _minutes(writer, range(n * MINUTES, (n + 1) * MINUTES))


def _history(writer: int) -> Iterator[list[Observation]]:
    """The same, the newest first, as a backfill goes."""
    day = 1440 // MINUTES + 1
    for n in reversed(range(PAYLOADS + 1)):
        begin = n * day * MINUTES
        yield _minutes(writer, range(begin, begin + MINUTES))


def _window(writer: int) -> Iterator[list[Observation]]:
    """A week of minutes of one station, polled again and again: five new values in each."""
    for n in range(POLLS):
        yield _minutes(writer, range(n * 5, n * 5 + WINDOW), stations=1)


def _minutes(writer: int, minutes: range, *, stations: int = STATIONS) -> list[Observation]:
    times = [START + timedelta(minutes=minute) for minute in minutes]
    return [
        Observation(
            metric=METRIC.id, station=f"benchmark/{writer}-{s}", time=at, value=float((7 * s + n) % 97)
        )
        for s in range(stations)
        for n, at in zip(minutes, times, strict=True)
    ]


KINDS: dict[str, Callable[[int], Iterator[list[Observation]]]] = {
    f"minutes of {STATIONS} stations, going on": _going_on,
    "the same, newest payload first": _history,
    "a week's list polled again and again, 5 new in each": _window,
}


def _measure(place: Scratch, kind: str, writers: int) -> tuple[int, float]:
    """Values and seconds from the moment when all writers are warm until the last one has committed."""
    processes = multiprocessing.get_context("spawn")
    ready = processes.Barrier(writers + 1)
    counts = processes.Queue()
    running = [
        processes.Process(target=_write, args=(place.url, place.archive.url, kind, n, ready, counts))
        for n in range(writers)
    ]
    for one in running:
        one.start()
    ready.wait()
    begun = time.perf_counter()
    values = sum(counts.get() for _ in running)
    seconds = time.perf_counter() - begun
    for one in running:
        one.join()
    return values, seconds


def _write(url: str, storage: str, kind: str, writer: int, ready: Barrier, counts: Queue[int]) -> None:
    """One writer process; the first payload warms up. Records are made beforehand: they come parsed."""
    place = Scratch(url, Archive.open(storage))
    payloads = list(KINDS[kind](writer))
    with place.connect() as connection:
        _apply(connection, writer, 0, payloads[0])
        ready.wait()
        for n, values in enumerate(payloads[1:], 1):
            _apply(connection, writer, n, values)
    counts.put(sum(map(len, payloads[1:])))


def _apply(connection: Connection[Any], writer: int, n: int, values: list[Observation]) -> None:
    at = START + timedelta(days=365, minutes=n)
    body = f"{writer} {n}".encode()
    payload = Payload(source=SOURCE.id, url=SOURCE.url, fetched_at=at, body=body)
    with connection.transaction():
        record_many(connection, [payload], licences={})
        apply(connection, [Parsed(payload, SOURCE, observations=values)], Rules())


def _naive(place: Scratch) -> tuple[int, float]:
    """What one would write first: a row, its hour and its day by an upsert each, 100 values a transaction."""
    with place.connect() as connection:
        _apply(connection, 0, 0, _minutes(0, range(10), stations=2))
        values = _minutes(0, range(10, 10 + NAIVE_VALUES), stations=1)
        begun = time.perf_counter()
        for n, value in enumerate(values):
            said = {"series": 1, "time": value.time, "value": value.value}
            connection.execute(NAIVE, said)
            for span, table in (("hour", "observations_hourly"), ("day", "observations_daily")):
                connection.execute(NAIVE_SUM.format(table), said | {"span": span})
            if n % 100 == 99:
                connection.commit()
        return NAIVE_VALUES, time.perf_counter() - begun
