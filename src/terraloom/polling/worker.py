"""
A worker: hands out polls and backfill jobs, runs them, and takes over from workers that died. Any number
share one database.

What runs in it, each in a thread of its own: heartbeat, recovery, the scheduler, the hand-out of jobs, the
sweep of payloads left lying, and DBOS with polls and jobs themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import psycopg
import structlog
from dbos import DBOS, StepOptions
from msgspec import Struct

from terraloom.backfill import ledger, queue
from terraloom.backfill.handing import HandOut
from terraloom.backfill.queue import Attempt
from terraloom.backfill.runner import Runner
from terraloom.config import Settings, seconds
from terraloom.polling import chores, durable, workers
from terraloom.polling.described import described, intervals
from terraloom.polling.poller import DATABASE_AWAY, Applied, Fetched, Poller
from terraloom.polling.scheduler import Scheduler
from terraloom.polling.state import Outcome
from terraloom.polling.sweeping import Sweeper
from terraloom.polling.threads import Repeating

log = structlog.get_logger(__name__)
T = TypeVar("T")


class Timing(Struct, frozen=True, kw_only=True):
    """How a worker keeps house; tests make it faster."""

    beat_s: float = 2.0
    lease: timedelta = timedelta(seconds=15)  # a worker that has not beaten for so long is taken for dead
    sweep_s: float = 30.0
    sweep_older_than: timedelta = timedelta(seconds=60)
    purge_s: float = 3600.0
    keep_polls: timedelta = timedelta(days=7)  # how long checkpoints of finished polls are kept
    keep_jobs: timedelta = timedelta(hours=1)  # of finished jobs, whose rows say what there is to know
    drain_s: int = 20  # how long polls at work may take to end when the worker stops


LOST_AFTER = timedelta(seconds=30)  # handing out commits the workflow first, so that it is there by then

# A step that finds the database away tries for about two minutes, then leaves its payloads to the sweep.
PATIENT: StepOptions = {
    "retries_allowed": True,
    "interval_seconds": 0.5,
    "backoff_rate": 2.0,
    "max_attempts": 9,
    "should_retry": lambda error: isinstance(error, DATABASE_AWAY),
}


class Worker:
    """
    Start it, stop it. `poller` is what it works with; one per process, because DBOS is.

    Without `polls` it does backfill jobs only.
    """

    def __init__(
        self,
        poller: Poller,
        *,
        timing: Timing | None = None,
        runner: Runner | None = None,
        polls: bool = True,
    ) -> None:
        self.poller, self.timing, self._polls = poller, timing or Timing(), polls
        self.runtime = poller.runtime
        self.me = workers.Identity.new()
        self.running: set[str] = set()
        self.runner = runner or Runner(poller)
        self.runner.worker = self.me.executor_id
        self.hand_out = HandOut(self.runtime.pool, self.runtime.settings, self._enqueue)
        self.scheduler = Scheduler(
            self.runtime.pool,
            intervals(poller.infos) if polls else None,
            durable.enqueue,
            catch_up=self.runtime.settings.worker.catch_up,
        )
        sweeper = Sweeper(poller, old_enough=self.timing.sweep_older_than)
        self._steady = Steady(self.timing.lease)
        self._jobs = Repeating("jobs", self.hand_out.look)
        self._threads = [
            self._jobs,
            Repeating("recovery", self._recover),
            Repeating("ledger", self._fold),
            Repeating("purge", self._purge),
            Repeating("sweep", lambda: (sweeper.sweep(), self.timing.sweep_s)[1]),
            *(self._for_polls() if polls else ()),
        ]
        self._heart = Repeating("beat", self._beat)

    def _for_polls(self) -> Sequence[Repeating]:
        return (
            Repeating("schedule", self.scheduler.tick),
            Repeating("chores", lambda: chores.hand_out(datetime.now(UTC), self.runtime.settings)),
        )

    def start(self) -> None:
        """Begin to work."""
        self._beat()  # on the list before it holds a poll
        durable.launch(
            self.runtime.database_url,
            self.me.executor_id,
            {durable.WORKFLOW: self.poll, durable.CHORE: self.do, durable.JOB: self.job},
            self._concurrency(),
        )
        for thread in [self._heart, *self._threads]:
            thread.start()
        log.info("worker.started", worker=self.me.executor_id, sources=len(self.scheduler.every))

    def _concurrency(self) -> dict[str, int]:
        """What it runs at a time, by queue."""
        settings = self.runtime.settings
        jobs = {durable.JOBS: settings.backfill.concurrency}
        return {durable.QUEUE: settings.worker.concurrency, **jobs} if self._polls else jobs

    def stop(self) -> None:
        """Take no more polls, let those at work end, and leave the list; what is left over is recovered."""
        for thread in self._threads:
            thread.stop()
        durable.shut_down(drain_s=self.timing.drain_s if self.running else 0)
        self.runner.stopping.set()  # what is at work yet fails from now on, for no fault of its own
        self._heart.stop()  # it beat while polls ended, so that nobody took them over
        with self.runtime.pool.connection() as connection:
            workers.leave(connection, self.me)
        log.info("worker.stopped", worker=self.me.executor_id)

    def poll(self, source_id: str) -> dict[str, Any]:
        """The workflow: one poll of one source. Its steps keep their names and order between versions."""
        poll_id = DBOS.workflow_id
        assert poll_id is not None
        self.running.add(poll_id)
        try:
            return self._poll(poll_id, source_id)
        finally:
            self.running.discard(poll_id)

    def do(self, name: str) -> dict[str, Any]:
        """The workflow of a chore: one step, done again after a crash."""
        workflow_id = DBOS.workflow_id
        assert workflow_id is not None
        self.running.add(workflow_id)
        try:
            work = chores.CHORES[name].work
            return _step("work", dict[str, Any], lambda: work(self.runtime))
        finally:
            self.running.discard(workflow_id)

    def job(self, job: str, attempt: int) -> dict[str, Any]:
        """
        The workflow: one attempt at one backfill job. The checkpoints of its steps stand in the job's own
        row, which any version can read, so that DBOS is told of its beginning and its end only.
        """
        workflow_id, job_id = DBOS.workflow_id, UUID(job)
        assert workflow_id is not None
        self.running.add(workflow_id)
        try:
            caught = self._patiently(lambda: self.runner.fetch(job_id, attempt))
            applied = self._patiently(lambda: self.runner.apply(caught))
            self._patiently(lambda: self.runner.close(attempt, caught, applied))
            return {}  # the job's row says how it ended
        finally:
            self.running.discard(workflow_id)
            self._jobs.hurry()

    def _patiently(self, work: Callable[[], T]) -> T:
        """Do it, again and again for about two minutes while the database is away: as a step does."""
        for n in range(PATIENT["max_attempts"] - 1):
            try:
                return work()
            except DATABASE_AWAY:
                pause_s = PATIENT["interval_seconds"] * PATIENT["backoff_rate"] ** n
                if self.runner.stopping.wait(pause_s):
                    raise
        return work()

    def _enqueue(self, attempts: Sequence[Attempt]) -> None:
        wanted = [durable.Wanted(a.workflow_id, (str(a.job), a.number), a.priority) for a in attempts]
        limit = timedelta(seconds=seconds(self.runtime.settings.backfill.timeout))
        durable.enqueue_jobs(wanted, timeout=limit + durable.TIMEOUT)

    def _poll(self, poll_id: str, source_id: str) -> dict[str, Any]:
        fetched = _step("fetch", Fetched, lambda: self.poller.fetch(source_id))
        applied = _step("apply", Applied, lambda: self.poller.apply(fetched.payloads))
        outcome = _step("close", Outcome, lambda: self.poller.close(poll_id, source_id, fetched, applied))
        chores.after_poll(poll_id, applied.counts)
        log.info(
            "poll.finished",
            source=source_id,
            poll=poll_id,
            payloads=len(fetched.payloads),
            error=outcome.error,
            lag_s=outcome.lag_s,
            **applied.counts,
        )
        return {"payloads": len(fetched.payloads), "error": outcome.error, **applied.counts}

    def follow(self, settings: Settings) -> None:
        """Work by these settings from the next poll on."""
        self.runtime = replace(self.runtime, settings=settings)
        self.poller.infos = described(self.poller.sources, settings)
        self.runner.settings, self.hand_out.settings = settings.backfill, settings
        if self._polls:
            self.scheduler.follow(intervals(self.poller.infos))
        for queue_name, at_once in self._concurrency().items():
            durable.set_queue(queue_name, at_once)
        log.info("worker.settings_changed", sources=len(self.scheduler.every))

    def _beat(self) -> float:
        # Not from the pool: a worker whose polls hold all connections is busy, not dead.
        with psycopg.connect(self.runtime.database_url, connect_timeout=5) as connection:
            workers.beat(connection, self.me)
        self._steady.beat()
        return self.timing.beat_s

    def _recover(self) -> float:
        """Take over what nobody works at. Repeated for ever: a recovery that fails half-way is done again."""
        if self._steady.long_enough():
            with self.runtime.pool.connection() as connection:
                gone = workers.orphaned_by(connection, self.timing.lease)
                lost = workers.lost(connection, self.me, set(self.running), self.timing.lease)
                workers.forget_dead(connection, self.timing.lease)
            if found := durable.recover(gone):
                log.warning("worker.recovered", polls=found, of=gone)
            if lost:
                log.warning("worker.resumed", polls=lost)
                durable.resume(lost)
            self._close_lost()
        return self.timing.beat_s

    def _fold(self) -> float:
        with self.runtime.pool.connection() as connection:
            ledger.fold(connection)
        return self.timing.beat_s

    def _close_lost(self) -> None:
        """Jobs whose workflow ended without a word (given up after crashes, cut off) failed once more."""
        with self.runtime.pool.connection() as connection:
            lost = queue.lost(connection, LOST_AFTER)
        for job, attempt, status in lost:
            reason = f"its workflow ended without closing it ({status or 'it is not there'})"
            log.warning("job.lost", job=str(job), attempt=attempt, status=status)
            self.runner.give_up(job, attempt, reason)

    def _purge(self) -> float:
        now, polls = datetime.now(UTC), 0
        if self._polls:
            polls = durable.purge(durable.QUEUE, self.timing.keep_polls, now)
        jobs = durable.purge(durable.JOBS, self.timing.keep_jobs, now)
        log.debug("worker.purged", polls=polls, jobs=jobs)
        return self.timing.purge_s


class Steady:
    """
    Whether this worker has beaten without a gap for a whole lease.

    After the database was away, or this machine slept, every worker looks dead for a moment. None may be
    judged before each has had the time to beat again.
    """

    def __init__(self, lease: timedelta, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lease_s, self._monotonic = lease.total_seconds(), monotonic
        self._since = self._last = monotonic()

    def beat(self) -> None:
        now = self._monotonic()
        if now - self._last > self._lease_s / 2:
            self._since = now
        self._last = now

    def long_enough(self) -> bool:
        now = self._monotonic()
        return now - self._last <= self._lease_s / 2 and now - self._since >= self._lease_s


def _step(name: str, kind: type[T], work: Callable[[], T]) -> T:
    """Run one step, or read what it gave before. Its checkpoint is plain data that any version can read."""
    found = DBOS.run_step({**PATIENT, "name": name}, lambda: msgspec.to_builtins(work()))
    return msgspec.convert(found, kind)
