"""
What follows a commit: consumers that read the outbox in order and leave their effects in the database.

A consumer moves its cursor in the transaction that holds its effects. So a process that dies anywhere leaves
both or neither, any number of processes may run the same consumer, and what it does happens once.
Work that leaves the database (webhooks, fetching details) is planned here as rows, in that transaction,
and done from the rows with leases and retries (`hazards/webhooks.py`, `hazards/pager.py`).

Consumers wake by ``LISTEN terraloom_outbox`` and look anyway every few seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg import Connection
from psycopg_pool import ConnectionPool

log = structlog.get_logger(__name__)

CHANNEL = "terraloom_outbox"
LOOK_EVERY_S = 2.0
AFTER_FAILURE_S = 2.0
BATCH = 2000  # outbox rows in one transaction

FOLLOW_UPS = SEVERITY, WEBHOOKS, PAGER = "severity", "webhooks", "pager"

Effect = Callable[[Connection[Any], Sequence[UUID], int], None]
"""Called with a connection, the events that changed (each once), and the last outbox row; must not commit."""


class Consumer:
    """One reader of the outbox. `name` is its cursor; `effect` what it does with a batch of changes."""

    def __init__(self, name: str, effect: Effect, *, behind: str = "", batch: int = BATCH) -> None:
        self.name, self._effect, self._batch = name, effect, batch
        self._behind = behind  # name of a consumer that must have seen a row first

    def consume(self, pool: ConnectionPool) -> int:
        """
        Take the next batch; returns how many outbox rows it passed, 0 when there are none.

        Where another process is at this cursor, waits for nothing and returns 0.
        """
        with pool.connection() as connection:
            after = self._lock(connection)
            if after is None:
                return 0
            limit = self._limit(connection)
            changes = connection.execute(
                "SELECT seq, event_id FROM outbox WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s",
                [after, limit, self._batch],
            ).fetchall()
            if not changes:
                return 0
            last = changes[-1][0]
            self._effect(connection, list(dict.fromkeys(event for _, event in changes)), last)
            connection.execute(
                "UPDATE outbox_cursors SET after_seq = %s WHERE consumer = %s", [last, self.name]
            )
        log.info("outbox.consumed", consumer=self.name, after=after, to=last, changes=len(changes))
        return len(changes)

    def _lock(self, connection: Connection[Any]) -> int | None:
        """The place of the cursor, locked until the transaction ends; None while another holds it."""
        connection.execute(
            "INSERT INTO outbox_cursors (consumer, after_seq) VALUES (%s, 0) ON CONFLICT DO NOTHING",
            [self.name],
        )
        row = connection.execute(
            "SELECT after_seq FROM outbox_cursors WHERE consumer = %s FOR UPDATE SKIP LOCKED", [self.name]
        ).fetchone()
        return None if row is None else int(row[0])

    def _limit(self, connection: Connection[Any]) -> int:
        """The last outbox row that may be taken."""
        if not self._behind:
            return 2**62
        row = connection.execute(
            "SELECT after_seq FROM outbox_cursors WHERE consumer = %s", [self._behind]
        ).fetchone()
        return int(row[0]) if row else 0


def catch_up(pool: ConnectionPool, consumers: Sequence[Consumer]) -> int:
    """Run consumers until the outbox holds nothing more for them; returns the rows they passed."""
    passed = 0
    for consumer in consumers:
        while taken := consumer.consume(pool):
            passed += taken
    return passed


def lag(connection: Connection[Any]) -> dict[str, int]:
    """How many outbox rows each follow-up has not seen yet: all of them, where it never ran."""
    rows = connection.execute(
        "SELECT coalesce(name, consumer), "
        "       (SELECT coalesce(max(seq), 0) FROM outbox) - coalesce(after_seq, 0) "
        "FROM unnest(%s::text[]) AS known (name) FULL JOIN outbox_cursors ON consumer = name ORDER BY 1",
        [list(FOLLOW_UPS)],
    ).fetchall()
    return {name: max(int(behind), 0) for name, behind in rows}


def queued(connection: Connection[Any]) -> dict[tuple[str, str], int]:
    """How many deliveries and requests are planned (pending) or were given up (dead), by follow-up."""
    rows = connection.execute(
        "SELECT %s, state, count(*) FROM webhook_deliveries WHERE state <> 'delivered' GROUP BY state "
        "UNION ALL SELECT %s, state, count(*) FROM enrichments WHERE state <> 'done' GROUP BY state",
        [WEBHOOKS, PAGER],
    ).fetchall()
    none = {(name, state): 0 for name in (WEBHOOKS, PAGER) for state in ("pending", "dead")}
    return none | {(name, state): count for name, state, count in rows}


def listen(database_url: str, stop: threading.Event, wake: threading.Event) -> None:
    """Set `wake` whenever the outbox grows, until `stop`; connects again when the database was away."""
    while not stop.is_set():
        try:
            with psycopg.connect(database_url, autocommit=True) as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                wake.set()  # what came while nobody listened
                while not stop.is_set():
                    for _ in connection.notifies(timeout=LOOK_EVERY_S, stop_after=1):
                        wake.set()
        except psycopg.Error as error:
            log.warning("outbox.listen_failed", error=str(error))
            stop.wait(AFTER_FAILURE_S)


class Loops:
    """Threads that repeat work until they are stopped; woken together when the outbox grows."""

    def __init__(self, database_url: str) -> None:
        self._stop = threading.Event()
        self._wakes: list[threading.Event] = []
        self._threads: list[threading.Thread] = []
        self._url = database_url

    def add(self, name: str, work: Callable[[], bool]) -> None:
        """Repeat `work`: at once again while it returns True, else when woken or after a while."""
        wake = threading.Event()
        self._wakes.append(wake)
        self._threads.append(
            threading.Thread(
                target=self._repeat, args=(name, work, wake), name=f"terraloom-{name}", daemon=True
            )
        )

    def start(self) -> None:
        relay = threading.Event()
        self._threads.append(
            threading.Thread(
                target=listen, args=(self._url, self._stop, relay), name="terraloom-listen", daemon=True
            )
        )
        self._threads.append(
            threading.Thread(target=self._relay, args=(relay,), name="terraloom-wake", daemon=True)
        )
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask all to end, and wait until they have."""
        self._stop.set()
        for wake in self._wakes:
            wake.set()
        for thread in self._threads:
            thread.join()

    def _relay(self, relay: threading.Event) -> None:
        while not self._stop.is_set():
            if relay.wait(LOOK_EVERY_S):
                relay.clear()
                for wake in self._wakes:
                    wake.set()

    def _repeat(self, name: str, work: Callable[[], bool], wake: threading.Event) -> None:
        while not self._stop.is_set():
            wake.clear()
            try:
                again = work()
            except Exception as error:  # outermost loop: the database may be away, the next round tries again
                log.warning("followup.failed", loop=name, error=f"{type(error).__name__}: {error}")
                self._stop.wait(AFTER_FAILURE_S)
                continue
            if not again:
                wake.wait(LOOK_EVERY_S)
