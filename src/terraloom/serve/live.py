"""Changes as they are committed: one LISTEN per process, any number of WebSocket clients behind it.

A client is told of every change after the number it gives, in order and once: first those it missed, then
the live ones. One that reads too slowly is let go with code 1013 and comes back with its last number.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import psycopg
import structlog
from msgspec import Struct
from starlette.concurrency import run_in_threadpool

from terraloom.hazards import query
from terraloom.hazards.views import Change, ChangePage
from terraloom.runtime import Runtime

log = structlog.get_logger(__name__)

CHANNEL = "terraloom_outbox"
OBSERVED = "terraloom_observed"
PAGE = 500
QUEUED = 1000
"""Changes that may wait for one client."""
LOOK_EVERY_S = 5.0
"""The outbox is read this often even without a notification, should one be lost."""
RETRY_S = 1.0


class Observed(Struct, frozen=True):
    """A hint that a source has measured something. What, the API tells; who misses it misses nothing else."""

    source: str


class Subscriber:
    """One client: what waits for it, and whether it fell too far behind."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.queue: asyncio.Queue[Change | Observed] = asyncio.Queue(QUEUED)
        self.overrun = False

    def offer(self, news: Change | Observed) -> None:
        """Queue what is new; a full queue marks the client as too slow, and it gets no more."""
        try:
            self.queue.put_nowait(news)
        except asyncio.QueueFull:
            self.overrun = True


class Feed:
    """The live end of the outbox in this process."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.last = 0
        self.subscribers: set[Subscriber] = set()
        self._ready = asyncio.Event()  # set once `last` is known, which may be after the first client came

    async def run(self) -> None:
        """Follow the outbox until cancelled, through any number of lost connections."""
        while True:
            try:
                await self._follow()
            except Exception as error:  # outermost loop: without it no client hears of anything again
                log.warning("live.disconnected", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(RETRY_S)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[Subscriber]:
        """A subscriber that gets every change from now on; waits until the outbox could be read once."""
        await self._ready.wait()
        subscriber = Subscriber(self.last)
        self.subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self.subscribers.discard(subscriber)

    async def missed(self, after: int) -> ChangePage:
        """A page of changes after a number."""
        return await run_in_threadpool(self._read, after)

    async def _follow(self) -> None:
        listening = await psycopg.AsyncConnection.connect(self.runtime.database_url, autocommit=True)
        async with listening as connection:
            await connection.execute(f"LISTEN {CHANNEL}; LISTEN {OBSERVED}")
            if not self._ready.is_set():
                self.last = (await self.missed(2**62)).head
            self._ready.set()
            while True:
                await self._publish()
                async for note in connection.notifies(timeout=LOOK_EVERY_S, stop_after=1):
                    if note.channel == OBSERVED:
                        self._hand_on(Observed(note.payload))

    async def _publish(self) -> None:
        """Hand on everything new; notifications only wake, the table says what there is."""
        while True:
            page = await self.missed(self.last)
            for change in page.changes:
                self._hand_on(change)
            self.last = max(self.last, page.last)
            if len(page.changes) < PAGE:
                return

    def _hand_on(self, news: Change | Observed) -> None:
        for subscriber in self.subscribers:
            subscriber.offer(news)

    def _read(self, after: int) -> ChangePage:
        with self.runtime.pool.connection(timeout=RETRY_S * 5) as connection:
            return query.changes(connection, after, limit=PAGE)


@asynccontextmanager
async def following(runtime: Runtime) -> AsyncIterator[Feed]:
    """A feed that runs as long as the app does."""
    feed = Feed(runtime)
    task = asyncio.create_task(feed.run(), name="live-feed")
    try:
        yield feed
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def message(kind: str, **fields: Any) -> str:
    """One message as it goes over the wire."""
    return msgspec.json.encode({"type": kind, **fields}).decode()


def change_message(change: Change) -> str:
    return message("change", **{name: getattr(change, name) for name in Change.__dataclass_fields__})
