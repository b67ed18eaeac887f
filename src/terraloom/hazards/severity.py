"""What is scored and what comes out: the nouns of severity, shared by the scorers of each hazard."""

from __future__ import annotations

import math
from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from terraloom.records import Severity

ALERTS = (Severity.GREEN, Severity.YELLOW, Severity.ORANGE, Severity.RED)
ALERT_FLOOR = dict(zip(ALERTS, (0.0, 3.0, 5.5, 8.0), strict=True))
"""The score at which each alert begins; within an alert the score grows with the people concerned."""


class Event(Struct, frozen=True, kw_only=True):
    """A stored event as the scorers need it."""

    id: UUID
    changed_seq: int
    event_type: str
    lon: float | None = None  # degrees east
    lat: float | None = None  # degrees north
    depth_km: float | None = None
    magnitude: float | None = None
    magnitude_type: str = ""
    severity_level: Severity | None = None
    country: str = ""  # ISO alpha-2 of the nearest place
    measurements: Mapping[str, float] = {}


class Score(Struct, frozen=True, kw_only=True):
    """One row of `severity_scores`."""

    event_id: UUID
    changed_seq: int
    score: float  # 0..10
    alert: Severity
    alert_probabilities: dict[str, float]
    exposure: dict[str, float | str]  # people per band; "unit" names the bands
    method: str
    explanation: str


def certain(alert: Severity) -> dict[str, float]:
    """The probabilities of an alert that a rule gives: no uncertainty is modelled."""
    return {level.value: float(level is alert) for level in ALERTS}


def scale(people: float, *, full: float = 1e7) -> float:
    """0 for nobody, 1 for `full` people and more, logarithmic between: log(1 + people) / log(1 + full)."""
    return min(math.log1p(max(people, 0.0)) / math.log1p(full), 1.0)


def within_alert(alert: Severity, share: float) -> float:
    """A score from the floor of `alert` (share 0) to just below the next (share 1)."""
    floor = ALERT_FLOOR[alert]
    above = [value for value in ALERT_FLOOR.values() if value > floor]
    return floor + share * ((min(above) - 0.01 if above else 10.0) - floor)


def highest(*alerts: Severity | None) -> Severity:
    """The highest of the alerts that are given; green where none is."""
    return max((a for a in alerts if a is not None), key=ALERTS.index, default=Severity.GREEN)


def count(people: float) -> str:
    """People as they are read: two significant digits, with separators."""
    if people < 1:
        return "nobody"
    digits = max(0, math.floor(math.log10(people)) - 1)
    return f"about {round(people / 10**digits) * 10**digits:,}"
