"""
Hands out jobs: as many for each host as may be at work at a time, the most urgent first.

Every worker looks, one at a time does it. Rows are locked, workflows with derived ids enqueued, then the rows
say so. A worker that dies in between leaves them to the next one, which enqueues the same ids, to no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct
from psycopg import Connection
from psycopg_pool import ConnectionPool

from terraloom.backfill import queue
from terraloom.backfill.queue import Attempt, Lane
from terraloom.config import Settings
from terraloom.fetching.transports import base_for

LOOK_EVERY_S = 1.0  # when nobody says that there is room
LOCK = "terraloom.backfill.hand_out"

Enqueue = Callable[[Sequence[Attempt]], None]


class Pace(Struct, frozen=True):
    """What a host takes: jobs at work at a time, and begun in a minute (None: any number)."""

    at_once: int
    per_minute: int | None


class HandOut:
    """One per worker. `settings` may be replaced."""

    def __init__(self, pool: ConnectionPool, settings: Settings, enqueue: Enqueue) -> None:
        self._pool, self.settings, self._enqueue = pool, settings, enqueue

    def look(self) -> float:
        """Hand out what there is room for; returns the seconds until there may be more to do."""
        with self._pool.connection() as connection:
            self.hand_out(connection)
        return LOOK_EVERY_S

    def hand_out(self, connection: Connection[Any]) -> int:
        """The same within the caller's transaction; returns how many."""
        row = connection.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [LOCK]).fetchone()
        assert row is not None
        if not row[0]:
            return 0  # another worker is at it
        rooms = rooms_of(queue.lanes(connection), self.settings)
        found = _within(queue.following(connection, rooms), rooms) if rooms else []
        if found:
            self._enqueue(found)
            queue.mark_handed(connection, found)
        return len(found)


def pace(settings: Settings, host: str) -> Pace:
    """
    What a host takes. A job makes at least one request, so that no more begin than requests may be made; one
    that is pointed elsewhere has no rate limit, as for requests.
    """
    own = settings.backfill.hosts.get(host)
    at_once = (own.at_once if own else None) or settings.backfill.per_host
    if own and own.per_minute:
        return Pace(at_once, own.per_minute)
    if base_for(settings.fetch.point_at, host):
        return Pace(at_once, None)
    return Pace(at_once, max(1, int(settings.fetch.hosts.get(host, settings.fetch.rate_per_minute))))


def rooms_of(lanes: Iterable[Lane], settings: Settings) -> list[tuple[Lane, int]]:
    """For how many more jobs each lane's host has room; without those that have none."""
    found = ((lane, _room(lane, pace(settings, lane.host))) for lane in lanes)
    return [(lane, room) for lane, room in found if room > 0]


def _room(lane: Lane, pace: Pace) -> int:
    free = pace.at_once - lane.running
    return free if pace.per_minute is None else min(free, pace.per_minute - lane.lately)


def _within(found: Sequence[tuple[str, Attempt]], rooms: Sequence[tuple[Lane, int]]) -> list[Attempt]:
    """The first of each host that it has room for: several lanes may share one."""
    left = {lane.host: room for lane, room in rooms}
    chosen: list[Attempt] = []
    for host, attempt in found:
        if left[host] > 0:
            left[host] -= 1
            chosen.append(attempt)
    return chosen
