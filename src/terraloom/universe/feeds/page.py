"""What a simulated upstream answers, and the few things that all feeds share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from msgspec import Struct

from terraloom.universe.agencies import Reports


class Page(Struct, frozen=True):
    """A whole answer, before HTTP and faults: `modified` is the upstream's own Last-Modified."""

    body: bytes
    content_type: str
    modified: datetime | None = None
    status: int = 200


class Asked(Struct, frozen=True):
    """A request as a feed sees it. `at` is the simulated instant."""

    path: str
    query: Mapping[str, str]
    at: datetime
    reports: Reports
    seed: int = 0

    def number(self, name: str, default: float) -> float:
        return float(self.query.get(name, default))

    def instant(self, name: str, default: datetime) -> datetime:
        """A time parameter as FDSN services take it; no zone means UTC."""
        text = self.query.get(name)
        if text is None:
            return default
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return found if found.tzinfo else found.replace(tzinfo=UTC)


Feed = Callable[[Asked], Page | None]
"""Answers a request of its host; None = no such page there."""


def split_target(target: str) -> tuple[str, dict[str, str]]:
    """Path and query of a request target."""
    path, _, query = target.partition("?")
    return path, dict(parse_qsl(query, keep_blank_values=True))


def floor(instant: datetime, step: timedelta) -> datetime:
    """The last whole `step` before an instant: feeds are generated at intervals, not at each request."""
    return instant - (instant - datetime(2000, 1, 1, tzinfo=UTC)) % step


def epoch_ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
