"""The rate of ingestion with a million events stored, beside that with none."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from psycopg import Connection
from rich.console import Console
from rich.table import Table

from benchmarks.feeds import BETWEEN_S, START_S, new_events
from benchmarks.machine import Scratch, scratch
from terraloom.db import bulk
from terraloom.hazards.rules import Rules
from terraloom.ingest import ingest
from terraloom.rebuild import DERIVED

COPIES = bulk.statements(Path(__file__).with_name("growth.sql").read_text())
STORED = 1_000_000
POLLS, SIZE = 10, 2000


def run(console: Console) -> None:
    rates = {}
    for stored in (0, STORED):
        with scratch() as place:
            if stored:
                _fill(place, stored)
            rates[stored] = _rate(place)
    shown = Table("events stored", "reports/s", "ratio", title="growth with the table")
    for stored, rate in rates.items():
        shown.add_row(f"{stored:,}", f"{rate:,.0f}", f"{rate / rates[0]:.2f}")
    console.print(shown)


def _rate(place: Scratch) -> float:
    """New events among the stored ones: the same years, the same density."""
    polls = list(new_events(POLLS + 2, SIZE, seed=7, start_s=START_S + 1e6))
    with place.connect() as connection:
        ingest(connection, place.archive, polls[:2], Rules())
        begun = time.perf_counter()
        for poll in polls[2:]:
            ingest(connection, place.archive, [poll], Rules())
        return POLLS * SIZE / (time.perf_counter() - begun)


def _fill(place: Scratch, stored: int) -> None:
    """One real batch, copied until there are `stored` events, spread over the years at the feeds' density."""
    with place.connect() as connection:
        for poll in new_events(5, SIZE, seed=3):
            ingest(connection, place.archive, [poll], Rules())
        made = 5 * SIZE
        for k in range(1, stored // made):
            _copy(connection, k, made)
            connection.commit()
    with place.connect() as connection:
        connection.autocommit = True
        for table in DERIVED:
            connection.execute(f"VACUUM ANALYZE {table}")  # type: ignore[arg-type]


def _copy(connection: Connection[Any], k: int, made: int) -> None:
    """Copy the first batch as the `k`th: ids derived, times shifted by its length, numbers by its size."""
    values = {"k": f"c{k}", "shift": k * made * BETWEEN_S, "n": k * made, "made": made}
    for statement in COPIES.values():
        connection.execute(statement, values)
