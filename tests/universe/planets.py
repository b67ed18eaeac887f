"""Planets that several tests look at: made once, because a planet never changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from terraloom.universe.planet import Planet

START = datetime(2026, 11, 18, tzinfo=UTC)
NOW = START + timedelta(days=3)


@cache
def planet(seed: int = 3, days: float = 5) -> Planet:
    return Planet(seed, START, days)
