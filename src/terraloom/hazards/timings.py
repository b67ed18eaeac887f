"""How long the stages of a poll take, as histograms in the database: one for all worker processes.

A few dozen rows in all, one statement per poll; so a scrape of any process sees every process, and a
restart loses nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from msgspec import Struct

STAGES = ("fetch", "parse", "decide", "commit")
EDGES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, math.inf)
"""Upper edges of the buckets, seconds; the last holds the rest."""


class Histogram(Struct, frozen=True):
    """Observations of one stage per bucket (not cumulative), and their sum in seconds."""

    stage: str
    counts: tuple[int, ...]
    total_s: float


def record(connection: psycopg.Connection[Any], observed: Iterable[Mapping[str, float]]) -> None:
    """
    Add durations: one mapping per payload or poll, of stage to seconds. Does not commit.

    Rows are written in a fixed order, so that two processes cannot wait for each other in a circle.
    """
    added: dict[tuple[str, int], tuple[int, float]] = {}
    for durations in observed:
        for stage, duration_s in durations.items():
            key = stage, bisect_left(EDGES_S, duration_s)
            count, total = added.get(key, (0, 0.0))
            added[key] = count + 1, total + duration_s
    if not added:
        return
    keys = sorted(added)
    connection.execute(
        "INSERT INTO stage_timings AS t (stage, bucket, observations, seconds) "
        "SELECT * FROM unnest(%s::text[], %s::smallint[], %s::bigint[], %s::float8[]) "
        "ON CONFLICT (stage, bucket) DO UPDATE SET observations = t.observations + excluded.observations, "
        "seconds = t.seconds + excluded.seconds",
        [
            [stage for stage, _ in keys],
            [bucket for _, bucket in keys],
            [added[key][0] for key in keys],
            [added[key][1] for key in keys],
        ],
    )


def read(connection: psycopg.Connection[Any]) -> list[Histogram]:
    """The histogram of each stage, those never observed included."""
    counts = {stage: [0] * len(EDGES_S) for stage in STAGES}
    sums = dict.fromkeys(STAGES, 0.0)
    rows = connection.execute("SELECT stage, bucket, observations, seconds FROM stage_timings").fetchall()
    for stage, bucket, observations, seconds in rows:
        if stage in counts:
            counts[stage][bucket] += observations
            sums[stage] += seconds
    return [Histogram(stage, tuple(counts[stage]), sums[stage]) for stage in STAGES]


def label(edge_s: float) -> str:
    """An edge as Prometheus writes it."""
    return "+Inf" if math.isinf(edge_s) else str(edge_s)
