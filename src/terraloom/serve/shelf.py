"""The precomputed bodies in this process's memory, kept up with the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
import structlog
from starlette.concurrency import run_in_threadpool

from terraloom.caches import Cached, load_all
from terraloom.caches.timeline import Timeline
from terraloom.runtime import Runtime

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 2.0
"""How often the ETags in the database are compared; bodies are read only where one differs."""


class Shelf:
    """Bodies by name and variant. `version` grows whenever one of them changes."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.version = runtime, 0
        self.timeline = Timeline([])
        self._bodies: dict[tuple[str, str], Cached] = {}

    def get(self, name: str, variant: str = "json") -> Cached | None:
        """A body; None where it has not been made yet."""
        return self._bodies.get((name, variant))

    def look(self) -> None:
        """Take over what has changed in the database."""
        with self.runtime.pool.connection() as connection:
            found = load_all(connection, self._bodies)
        before, self._bodies = self._bodies, found
        tags = {key: cached.etag for key, cached in before.items()}
        line = found.get(("timeline", "json"))
        if line is not None and tags.get(("timeline", "json")) != line.etag:
            self.timeline = msgspec.json.decode(line.body, type=Timeline)
        if tags != {key: cached.etag for key, cached in found.items()}:
            self.version += 1  # last: what is made from now on is made of the new bodies

    async def run(self) -> None:
        """Look again and again until cancelled, through any number of lost connections."""
        while True:
            try:
                await run_in_threadpool(self.look)
            except Exception as error:  # outermost loop: the next look may succeed
                log.warning("shelf.not_read", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def shelving(runtime: Runtime) -> AsyncIterator[Shelf]:
    """A shelf that is kept up as long as the app runs."""
    shelf = Shelf(runtime)
    task = asyncio.create_task(shelf.run(), name="shelf")
    try:
        yield shelf
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
