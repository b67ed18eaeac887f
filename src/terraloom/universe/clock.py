"""The planet's clock: simulated time as a function of real time, or stepped by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta


class Clock:
    """
    Simulated UTC. It runs `speed` times as fast as `real` (seconds, monotonic); at speed 0 it stands still
    until `advance` or `set`.
    """

    def __init__(
        self, start: datetime, speed: float = 1.0, real: Callable[[], float] = time.monotonic
    ) -> None:
        self._real = real
        self._origin, self._since, self._speed = start, real(), speed

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> datetime:
        return self._origin + timedelta(seconds=(self._real() - self._since) * self._speed)

    def set(self, instant: datetime) -> None:
        self._origin, self._since = instant, self._real()

    def advance(self, by: timedelta) -> None:
        self.set(self.now() + by)

    def run(self, speed: float) -> None:
        """Go on from the present instant at another speed."""
        self.set(self.now())
        self._speed = speed
