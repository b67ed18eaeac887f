"""Reports per second through all steps (archive, parse, decide, write, commit), beside the naive way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from psycopg import Connection
from rich.console import Console
from rich.table import Table

from benchmarks.feeds import new_events, polls_of_a_day
from benchmarks.machine import Scratch, scratch
from terraloom.db import bulk
from terraloom.hazards.population import nearby
from terraloom.hazards.rules import Rules
from terraloom.ingest import Timings, ingest, parse
from terraloom.records import HazardReport, Payload

NAIVE = bulk.statements(Path(__file__).with_name("naive.sql").read_text())
NEW_POLLS, NEW_SIZE = 12, 2000
DAY_POLLS, DAY_SIZE = 150, 300
NAIVE_REPORTS = 500


def run(console: Console) -> None:
    shown = Table(
        "way", "reports", "seconds", "reports/s", "ratio", "parse / decide / write", title="ingestion"
    )
    with scratch() as place:
        naive = _naive(place)
        _row(shown, "one report per transaction, plain SQL", *naive, naive, "")
    for name, polls in (
        ("every report a new event", list(new_events(NEW_POLLS + 1, NEW_SIZE))),
        ("polls of a day's list, 2 new and 1 revised in each", list(polls_of_a_day(DAY_POLLS + 1, DAY_SIZE))),
    ):
        with scratch() as place:
            reports, seconds, timings = _measure(place, polls)
        split = f"{timings.parse:.2f} / {timings.decide:.2f} / {timings.commit:.2f} s"
        _row(shown, name, reports, seconds, naive, split)
    console.print(shown)


def _row(shown: Table, name: str, reports: int, seconds: float, naive: tuple[int, float], split: str) -> None:
    rate, base = reports / seconds, naive[0] / naive[1]
    shown.add_row(name, f"{reports:,}", f"{seconds:.2f}", f"{rate:,.0f}", f"{rate / base:.1f}×", split)


def _measure(place: Scratch, polls: Sequence[Payload]) -> tuple[int, float, Timings]:
    """The first poll warms up: gazetteer, statements, caches."""
    timings = Timings()
    with place.connect() as connection:
        ingest(connection, place.archive, polls[:1], Rules())
        begun = time.perf_counter()
        records = 0
        for poll in polls[1:]:
            [result] = ingest(connection, place.archive, [poll], Rules(), timings=timings)
            records += result.records
        return records, time.perf_counter() - begun, timings


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
