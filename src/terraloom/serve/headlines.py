"""The counts that lead the home page, from the `stats` cache."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from terraloom.serve.figures import count
from terraloom.serve.shelf import Shelf


class Stats(Struct, frozen=True):
    """What the home page shows of `/api/v1/stats`."""

    events: int
    reports: int
    observations: int
    stations: int
    metrics: int
    sources: int


class Headline(Struct, frozen=True):
    """One count: its name in the cache, its value as text, what it counts, and where it leads."""

    name: str
    value: str
    label: str
    path: str


LEADS = (
    ("events", "events", "/events"),
    ("reports", "reports", "/sources"),
    ("observations", "values", "/metrics"),
    ("metrics", "metrics", "/metrics"),
    ("stations", "stations", "/metrics"),
    ("sources", "sources", "/sources"),
)


def headlines(shelf: Shelf) -> list[Headline]:
    """The counts in their order; a dash for each where they have not been made yet."""
    cached = shelf.get("stats")
    stats = msgspec.json.decode(cached.body, type=Stats) if cached else None
    return [
        Headline(name, count(getattr(stats, name)) if stats else "–", label, path)
        for name, label, path in LEADS
    ]
