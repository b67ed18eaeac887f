"""One gate per host: requests at a time and per minute, whether it answers, when it wants rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiolimiter import AsyncLimiter

from terraloom.config import Fetch
from terraloom.fetching.breaker import Breaker
from terraloom.fetching.failures import Failure, Reason

REST_MAX_S = 3600.0  # a server's slip (a date in 2038) must not silence its feeds for longer
BURST = 5  # requests that may go at once after a pause; a poll of several files is not strung out


class Host:
    """The gate of one host. Bound to the event loop that first uses it."""

    def __init__(
        self,
        breaker: Breaker,
        settings: Fetch,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.breaker = breaker
        self._settings, self._monotonic, self._sleep = settings, monotonic, sleep
        self._bulkhead = asyncio.Semaphore(settings.concurrency_per_host)
        self._per_minute = float("inf")
        self._limiter: AsyncLimiter | None = None
        self._rest_until = float("-inf")

    def limit(self, per_minute: float) -> None:
        """Take at most this rate; of several sources on one host the slowest decides."""
        if per_minute < self._per_minute:
            burst = max(1.0, min(BURST, per_minute))
            self._per_minute, self._limiter = per_minute, AsyncLimiter(burst, 60.0 * burst / per_minute)

    def rest(self, seconds: float) -> None:
        """The host asked for quiet (`Retry-After`): no source disturbs it before."""
        self._rest_until = max(self._rest_until, self._monotonic() + min(seconds, REST_MAX_S))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn; how the block ends tells the breaker how the host is. Raises `Failure`."""
        async with self._bulkhead:
            await self._quiet()
            ticket = self.breaker.admit()
            try:
                if self._limiter is not None:
                    await self._limiter.acquire()
                yield
            except Failure as failure:
                self._learn(failure, ticket)
                raise
            except BaseException:
                self.breaker.abandoned(ticket)
                raise
            self.breaker.succeeded(ticket)

    def _learn(self, failure: Failure, ticket: int) -> None:
        if failure.reason is Reason.REQUEST:  # never left this machine
            self.breaker.abandoned(ticket)
        elif failure.hurts_host:
            self.breaker.failed(ticket)
        else:
            self.breaker.succeeded(ticket)

    async def _quiet(self) -> None:
        left = self._rest_until - self._monotonic()
        if left > self._settings.retry_after_max_s:
            raise Failure(Reason.THROTTLED, f"the host asked for {left:.0f} s of rest", retry_after_s=left)
        if left > 0:
            await self._sleep(left)
