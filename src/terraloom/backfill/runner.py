"""
One job: fetch → apply → close, each a step that may be run again after a crash. Their checkpoint is the job's
own row: a trivial job is written once, by `close`.

1. `fetch` asks the archive by the job's kind and archives every payload before it asks for the next. What it
   caught is noted in the row; run again after that, it asks nobody.
2. `apply` ingests them by the polls' own way, some at a time so that a long answer fits in memory.
3. `close` judges the attempt and writes all that follows from it in one transaction.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from contextlib import aclosing
from uuid import UUID

import structlog

from terraloom.backfill import queue
from terraloom.backfill.jobs import Found, Held, Job, Kind, Smaller
from terraloom.backfill.kinds import kinds
from terraloom.backfill.verdict import Caught, Tries, judge
from terraloom.config import Backfill, seconds
from terraloom.errors import ArchiveError, DatabaseError, FetchError, TerraloomError
from terraloom.fetching.failures import Failure
from terraloom.polling.poller import DATABASE_AWAY, Applied, Poller, joined
from terraloom.records import Payload

log = structlog.get_logger(__name__)

AT_ONCE = 4  # payloads ingested in one transaction
PASSING = {408, 425, 429}  # and all from 500 on: answers that may be better the next time


class Stopped(Exception):
    """The worker closed its doors while a job was at work. Nobody's fault: another one goes on with it."""


class Runner:
    """
    The steps, with the doors they need. One per process; safe for any number of threads.

    Whoever closes the doors sets `stopping` first.
    """

    def __init__(self, poller: Poller, *, ways: Mapping[str, Kind] | None = None, worker: str = "") -> None:
        self.poller, self.worker, self._ways = poller, worker, ways
        self.settings = poller.runtime.settings.backfill  # replaced when settings change
        self.stopping = threading.Event()

    @property
    def ways(self) -> Mapping[str, Kind]:
        """The kinds by name."""
        return kinds() if self._ways is None else self._ways

    def fetch(self, job_id: UUID, attempt: int) -> Caught:
        """Ask the archive and keep what it sends; an error ends it, and what came before is kept."""
        with self.poller.runtime.pool.connection() as connection:
            begun = queue.load(connection, job_id, attempt)
        job = begun.job
        if job is None or begun.fetched:
            return begun
        received, began = Received(), time.monotonic()
        error, passing = self._asked(job, received)
        if error and self.stopping.is_set():
            raise Stopped(f"job {job_id}, attempt {attempt}: {error}")
        caught = Caught(
            job=job,
            failures=begun.failures,
            payloads=tuple(received.payloads),
            held=tuple(received.held),
            instead=tuple(received.instead),
            why_instead=received.why_instead,
            bytes=received.bytes,
            seconds=time.monotonic() - began,
            error=error,
            passing=passing,
        )
        if caught.payloads:
            with self.poller.runtime.pool.connection() as connection:
                queue.keep(connection, job_id, attempt, caught)
        return caught

    def _asked(self, job: Job, received: Received) -> tuple[str, bool]:
        """Why it ended early, and whether that may pass."""
        limit_s = seconds(self.settings.timeout)
        try:
            self.poller.loop.run(asyncio.wait_for(self._receive(job, received), limit_s))
        except DATABASE_AWAY:
            raise  # the step is tried again
        except TimeoutError:
            return f"not done after {limit_s:g} s; {len(received.payloads)} payloads came", True
        except TerraloomError as failure:
            return str(failure), may_pass(failure)
        except Exception as fault:  # in one kind's own code: it costs this job, not the worker
            log.exception("job.fetch_failed", job=str(job.id))
            return f"{type(fault).__name__}: {fault}", False
        return "", True

    async def _receive(self, job: Job, received: Received) -> None:
        kind, info = self.ways.get(job.kind), self.poller.infos.get(job.source)
        if kind is None or info is None:
            what = f"kind {job.kind}" if kind is None else f"source {job.source}"
            raise FetchError(what, "not installed on this worker; others may have it")
        async with aclosing(kind.run(job, self.poller.upstreams.for_source(info))) as answers:  # type: ignore[type-var]  # kinds are generators; the seam promises an iterator
            async for found in answers:
                if isinstance(found, Payload):
                    await asyncio.to_thread(self.poller.keep, found, info.licence)
                received.add(found)

    def apply(self, caught: Caught) -> Applied:
        """Ingest archived payloads, `AT_ONCE` in one transaction."""
        starts = range(0, len(caught.payloads), AT_ONCE)
        return joined([self.poller.apply(caught.payloads[at : at + AT_ONCE]) for at in starts])

    def close(self, attempt: int, caught: Caught, applied: Applied) -> str:
        """
        Judge the attempt and write what follows; returns its outcome, "" where it did not count. Once is as
        good as twice: what was closed does not count any more.
        """
        job = caught.job
        if job is None:
            return ""
        verdict = judge(job, caught, applied.counts, applied.error, tries(self.settings))
        with self.poller.runtime.pool.connection() as connection:
            if not queue.close(connection, job, attempt, verdict, worker=self.worker):
                return ""
        log.info(
            "job.finished",
            job=str(job.id),
            kind=job.kind,
            source=job.source,
            attempt=attempt,
            outcome=verdict.outcome,
            says=verdict.says,
            rows=verdict.rows,
            seconds=round(verdict.duration_s, 3),
        )
        return verdict.outcome

    def give_up(self, job_id: UUID, attempt: int, reason: str) -> str:
        """Close an attempt of which nobody will hear any more."""
        with self.poller.runtime.pool.connection() as connection:
            begun = queue.load(connection, job_id, attempt)
        return self.close(attempt, Caught(job=begun.job, failures=begun.failures, error=reason), Applied())


class Received:
    """What came so far."""

    def __init__(self) -> None:
        self.payloads: list[str] = []
        self.held: list[Held] = []
        self.instead: list[Job] = []
        self.why_instead, self.bytes = "", 0

    def add(self, found: Found) -> None:
        if isinstance(found, Payload):
            self.payloads.append(str(found.id))
            self.bytes += len(found.body)
        elif isinstance(found, Held):
            self.held.append(found)
        else:
            self._smaller(found)

    def _smaller(self, found: Smaller) -> None:
        self.instead += found.jobs
        self.why_instead = found.reason


def may_pass(error: TerraloomError) -> bool:
    """Whether the same question may be answered the next time."""
    if not isinstance(error, FetchError):
        return isinstance(error, ArchiveError | DatabaseError)  # the store was away, not the archive asked
    if isinstance(error.__cause__, Failure):
        return error.__cause__.passing or error.__cause__.reason.value == "breaker open"
    return error.status is None or error.status >= 500 or error.status in PASSING


def tries(settings: Backfill) -> Tries:
    """How often, as the settings say."""
    return Tries(settings.attempts, settings.backoff_initial_s, settings.backoff_max_s)
