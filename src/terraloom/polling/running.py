"""Run a worker until it is told to stop: polls, follow-ups of what they bring, changes of the settings."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog
from psycopg import Connection

from terraloom.archive import Archive
from terraloom.config import Settings
from terraloom.hazards import followups
from terraloom.hazards.population_raster import configured
from terraloom.ingest import IngestResult, Timings, ingest
from terraloom.polling.opening import open_poller
from terraloom.polling.worker import Worker
from terraloom.records import Payload
from terraloom.runtime import Runtime, open_runtime
from terraloom.sources import Source

log = structlog.get_logger(__name__)


class RuledIngest:
    """`ingest` as the settings say; they may be replaced while it is in use."""

    def __init__(self, settings: Settings) -> None:
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        """From the next call on, work by these settings."""
        self._ruled = partial(
            ingest, rules=settings.correlation.rules(), population=configured(settings.population)
        )

    def __call__(
        self, connection: Connection[Any], archive: Archive, payloads: Sequence[Payload], timings: Timings
    ) -> list[IngestResult]:
        return self._ruled(connection, archive, payloads, timings=timings)


@contextmanager
def working(runtime: Runtime, *, sources: Mapping[str, Source] | None = None) -> Iterator[Worker]:
    """A worker at work on all that there is to do, as long as the context lasts."""
    ruled = RuledIngest(runtime.settings)
    with open_poller(runtime, ruled, sources=sources) as poller, followups.running(runtime):
        worker = Worker(poller)
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until `stop` is set."""
    with open_runtime(settings) as runtime, working(runtime):
        stop.wait()
