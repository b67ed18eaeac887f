"""
Hands out polls: looks at all schedules about once a second and enqueues what is due.

Every worker runs it. A slot is handed out under a lock on its row: first the poll is enqueued under an id
made from source and slot, then the slot is noted. A worker that dies in between leaves the slot to the next
one, which enqueues the same id again, to no effect. Time is the database's, so workers' clocks may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from psycopg_pool import ConnectionPool

from terraloom.polling import slots, state
from terraloom.polling.slots import Due

log = structlog.get_logger(__name__)

LONGEST_SLEEP_S = 1.0  # how long a trigger or a change by another process may wait

Enqueue = Callable[[str, str], bool]
"""(workflow id, source id) → False when the source is still being polled."""


class Scheduler:
    """
    One per worker. `every` maps the sources that are polled to their intervals; it may be replaced. None: it
    leaves the schedules alone.
    """

    def __init__(
        self,
        pool: ConnectionPool,
        every: Mapping[str, timedelta] | None,
        enqueue: Enqueue,
        *,
        catch_up: bool = True,
    ) -> None:
        self._pool, self._enqueue, self._catch_up = pool, enqueue, catch_up
        self.every: Mapping[str, timedelta] = {}
        if every is not None:
            self.follow(every)

    def follow(self, every: Mapping[str, timedelta]) -> None:
        """From now on, poll these sources at these intervals."""
        with self._pool.connection() as connection:
            state.keep_schedules(connection, {i: e.total_seconds() for i, e in every.items()})
        self.every = dict(every)

    def tick(self) -> float:
        """Hand out what is due; returns the seconds until there may be more to do."""
        with self._pool.connection() as connection:
            now = state.clock(connection)
            found = state.schedules(connection)
        for schedule in found:
            if schedule.triggered_at or self._due(schedule, now):
                self._hand_out(schedule.source)
        waits = [slots.next_slot(i, every, now) - now for i, every in self.every.items()]
        return min([LONGEST_SLEEP_S, *(wait.total_seconds() for wait in waits)])

    def _due(self, schedule: state.Schedule, now: datetime) -> Due | None:
        every = self.every.get(schedule.source)
        if every is None:
            return None
        return slots.due(schedule.source, every, schedule.last_slot, now, catch_up=self._catch_up)

    def _hand_out(self, source_id: str) -> None:
        """Hand out what one source is due, unless another worker is at it."""
        with self._pool.connection() as connection:
            for schedule in state.schedules(connection, lock=source_id):
                due = self._slot(schedule, state.clock(connection))
                if due is not None:
                    state.hand_out(connection, source_id, due.slot, due.missed)
                if schedule.triggered_at and self._triggered(source_id, schedule.triggered_at):
                    state.trigger_done(connection, source_id, schedule.triggered_at)

    def _slot(self, schedule: state.Schedule, now: datetime) -> Due | None:
        """Enqueue the newest slot where it is due; returns what to note. A paused source lets it pass."""
        due = self._due(schedule, now)
        if due is None or schedule.paused:
            return due and Due(due.slot, 0)
        if due.missed:
            log.warning("schedule.missed", source=schedule.source, slots=due.missed, since=schedule.last_slot)
        if self._enqueue(slots.poll_id(schedule.source, due.slot), schedule.source):
            return due
        log.info("schedule.still_polling", source=schedule.source, slot=due.slot)
        return Due(due.slot, due.missed + 1)

    def _triggered(self, source_id: str, asked_at: datetime) -> bool:
        """Enqueue a poll that somebody asked for; False, to be tried again, while another is under way."""
        return self._enqueue(slots.trigger_id(source_id, asked_at), source_id)
