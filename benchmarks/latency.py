"""Receipt to commit of a poll that brings ten new events, as percentiles."""

from __future__ import annotations

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.feeds import new_events
from benchmarks.machine import scratch
from terraloom.hazards.rules import Rules
from terraloom.ingest import ingest

POLLS, SIZE, WARM_UP = 300, 10, 20


def run(console: Console) -> None:
    times = []
    with scratch() as place, place.connect() as connection:
        for poll in new_events(POLLS + WARM_UP, SIZE):
            begun = time.perf_counter()
            ingest(connection, place.archive, [poll], Rules())
            times.append(time.perf_counter() - begun)
    p50, p90, p99, worst = np.percentile(np.array(times[WARM_UP:]) * 1e3, [50, 90, 99, 100])
    shown = Table("polls", "p50", "p90", "p99", "max", title="receipt to commit, 10 new events (ms)")
    shown.add_row(str(POLLS), *(f"{ms:.1f}" for ms in (p50, p90, p99, worst)))
    console.print(shown)
