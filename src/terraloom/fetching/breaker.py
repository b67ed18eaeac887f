"""A circuit breaker per host: closed, open after consecutive failures, half-open for one probe at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

from terraloom.fetching.failures import Failure, Reason


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """
    `failures` consecutive failures open it for `recovery_s`; then one probe decides.

    Every request admitted must be closed with `succeeded`, `failed` or `abandoned` and the ticket that
    `admit` gave: an answer that was asked for before the breaker opened says nothing about the host now.
    """

    def __init__(
        self, failures: int, recovery_s: float, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._recovery_s, self._monotonic = failures, recovery_s, monotonic
        self._count = 0
        self._opened_at: float | None = None
        self._probing = False
        self._round = 0  # grows with each opening and closing; tickets of older rounds no longer count

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._left_s() > 0 else BreakerState.HALF_OPEN

    def admit(self) -> int:
        """A ticket for one request. Raises `Failure` while the breaker is open or its probe is under way."""
        state = self.state
        if state is BreakerState.OPEN:
            raise Failure(
                Reason.BREAKER_OPEN, f"the host failed repeatedly; next try in {self._left_s():.0f} s"
            )
        if state is BreakerState.HALF_OPEN:
            if self._probing:
                raise Failure(Reason.BREAKER_OPEN, "the host failed repeatedly; one probe is under way")
            self._probing = True
        return self._round

    def succeeded(self, ticket: int) -> None:
        if ticket == self._round:
            if self._opened_at is not None:
                self._turn(None)
            self._count = 0

    def failed(self, ticket: int) -> None:
        if ticket == self._round:
            self._count += 1
            if self._opened_at is not None or self._count >= self._limit:
                self._turn(self._monotonic())

    def abandoned(self, ticket: int) -> None:
        """The request was cancelled, or never reached the host: nothing was learnt."""
        if ticket == self._round:
            self._probing = False

    def _turn(self, opened_at: float | None) -> None:
        self._opened_at, self._probing, self._round = opened_at, False, self._round + 1

    def _left_s(self) -> float:
        assert self._opened_at is not None
        return self._opened_at + self._recovery_s - self._monotonic()
