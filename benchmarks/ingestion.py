"""Reports per second through all steps (archive, parse, decide, write, commit), beside the naive way."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from psycopg import Connection
from rich.console import Console
from rich.table import Table

from benchmarks.feeds import new_events, polls_of_a_day
from benchmarks.machine import Scratch, scratch
from terraloom.archive import Archive
from terraloom.db import bulk
from terraloom.hazards.population import nearby
from terraloom.hazards.rules import Rules
from terraloom.ingest import ingest, parse
from terraloom.records import HazardReport, Payload

NAIVE = bulk.statements(Path(__file__).with_name("naive.sql").read_text())
NEW_POLLS, NEW_SIZE = 13, 2000
DAY_POLLS, DAY_SIZE = 151, 300
NAIVE_REPORTS = 500


KINDS: dict[str, Callable[[int], Iterable[Payload]]] = {
    "every report a new event": lambda seed: new_events(NEW_POLLS, NEW_SIZE, seed=seed),
    "polls of a day's list, 2 new and 1 revised in each": lambda seed: polls_of_a_day(
        DAY_POLLS, DAY_SIZE, seed=seed
    ),
}


def run(console: Console) -> None:
    shown = Table("way", "writers", "reports", "seconds", "reports/s", "ratio", title="ingestion")
    with scratch() as place:
        naive = _naive(place)
        _row(shown, "one report per transaction, plain SQL", 1, *naive, naive)
    for kind in KINDS:
        for writers in (1, 2):
            with scratch() as place:
                reports, seconds = _measure(place, kind, writers)
            _row(shown, kind, writers, reports, seconds, naive)
    console.print(shown)


def _row(
    shown: Table, name: str, writers: int, reports: int, seconds: float, naive: tuple[int, float]
) -> None:
    rate, base = reports / seconds, naive[0] / naive[1]
    shown.add_row(name, str(writers), f"{reports:,}", f"{seconds:.2f}", f"{rate:,.0f}", f"{rate / base:.1f}×")


def _measure(place: Scratch, kind: str, writers: int) -> tuple[int, float]:
    """Reports and seconds from the moment when all writers are warm until the last one has committed."""
    processes = multiprocessing.get_context("spawn")
    ready = processes.Barrier(writers + 1)
    counts = processes.Queue()
    places = (place.url, place.archive.url)
    running = [
        processes.Process(target=_write, args=(*places, kind, seed, ready, counts)) for seed in range(writers)
    ]
    for one in running:
        one.start()
    ready.wait()
    begun = time.perf_counter()
    reports = sum(counts.get() for _ in running)
    seconds = time.perf_counter() - begun
    for one in running:
        one.join()
    return reports, seconds


def _write(url: str, storage: str, kind: str, seed: int, ready: Barrier, counts: Queue[int]) -> None:
    """One writer process. The first poll warms up: gazetteer, statements, caches."""
    place = Scratch(url, Archive.open(storage))
    polls = list(KINDS[kind](seed))
    with place.connect() as connection:
        ingest(connection, place.archive, polls[:1], Rules())
        ready.wait()
        results = [ingest(connection, place.archive, [poll], Rules()) for poll in polls[1:]]
    counts.put(sum(result.records for [result] in results))


def _naive(place: Scratch) -> tuple[int, float]:
    """What one would write first: look up, look around, insert row by row, commit; the same tables."""
    [poll] = new_events(1, NAIVE_REPORTS)
    nearby([0.0], [0.0])
    with place.connect() as connection:
        ingest(connection, place.archive, list(new_events(1, 10, seed=1)), Rules())
        begun = time.perf_counter()
        for n, report in enumerate(parse(poll).reports):
            _insert_one(connection, n, report)
        return NAIVE_REPORTS, time.perf_counter() - begun


def _insert_one(connection: Connection[Any], n: int, r: HazardReport) -> None:
    """One report in one transaction: no batches, and no identity rule beyond one window query."""
    values = msgspec.structs.asdict(r) | {"seq": 1_000_000 + n, "hash": r.fragment_hash}
    [near] = nearby([r.lon], [r.lat])
    values |= {"type": r.event_type.value, "near": near.place, "record": uuid4(), "event": uuid4()}
    with connection.transaction():
        for name, statement in NAIVE.items():
            found = connection.execute(statement, values)
            if name == "payload":
                [[values["payload"]]] = found.fetchall()
