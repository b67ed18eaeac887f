"""Run a worker until it is told to stop: polls, follow-ups of what they bring, changes of the settings."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import structlog
from psycopg import Connection

from terraloom.archive import Archive
from terraloom.config import Settings
from terraloom.config_watch import watching
from terraloom.errors import TerraloomError
from terraloom.hazards import followups
from terraloom.hazards.population_raster import configured
from terraloom.ingest import IngestResult, Timings, ingest
from terraloom.polling.described import described
from terraloom.polling.details import fetch_detail
from terraloom.polling.opening import open_client, open_poller
from terraloom.polling.worker import Timing, Worker
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
def working(
    runtime: Runtime, *, sources: Mapping[str, Source] | None = None, timing: Timing | None = None
) -> Iterator[Worker]:
    """A worker that does all there is to do, by the settings as they change, while the context lasts."""
    ruled = RuledIngest(runtime.settings)
    with ExitStack() as stack:
        poller = stack.enter_context(open_poller(runtime, ruled, sources=sources))
        stack.enter_context(followups.running(runtime, partial(fetch_detail, poller)))
        worker = Worker(poller, timing=timing)
        worker.start()
        stack.callback(worker.stop)
        follower = Follower(worker, ruled, stack)
        stack.enter_context(watching(runtime.settings, follower.follow))
        yield worker


class Follower:
    """Carries changed settings to those who work by them."""

    def __init__(self, worker: Worker, ruled: RuledIngest, stack: ExitStack) -> None:
        self._worker, self._ruled, self._stack = worker, ruled, stack
        self._fetch = worker.runtime.settings.fetch

    def follow(self, settings: Settings) -> None:
        """Work by these settings from the next poll on; wrong ones change nothing."""
        poller = self._worker.poller
        try:
            described(poller.sources, settings)
            self._ruled.follow(settings)
        except TerraloomError as error:
            log.error("config.rejected", reason=str(error), hint="the old settings stay in force")
            return
        if settings.fetch != self._fetch:
            # The old client stays open to the end: polls under way still use it.
            self._fetch = settings.fetch
            client = open_client(poller.runtime, poller.loop, settings.fetch)
            poller.upstreams = self._stack.enter_context(client)
        self._worker.follow(settings)


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until `stop` is set."""
    with open_runtime(settings) as runtime, working(runtime):
        wait_for(stop)


def wait_for(stop: threading.Event) -> None:
    """
    Wait in the main thread until a signal's handler has set `stop`.

    It looks up each second: a signal that comes while the wait begins, or that another thread takes, does not
    end a wait without end, and its handler would never run.
    """
    while not stop.wait(1.0):
        pass
