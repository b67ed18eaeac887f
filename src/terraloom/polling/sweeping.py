"""Payloads that were archived but never applied: a poll died, or ingesting them failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from psycopg import Connection

from terraloom.archive import pending
from terraloom.polling.poller import Poller

log = structlog.get_logger(__name__)

OLD_ENOUGH = timedelta(seconds=60)  # younger ones are in the hands of the poll that fetched them
AGAIN_AFTER = timedelta(hours=1)  # what failed is not tried again every minute


class Sweeper:
    """One per worker; of several workers, one sweeps at a time."""

    def __init__(self, poller: Poller, *, old_enough: timedelta = OLD_ENOUGH) -> None:
        self._poller, self._old_enough = poller, old_enough
        self._failed: dict[UUID, datetime] = {}

    def sweep(self) -> int:
        """Apply what lies around, in the order of receipt; returns how many payloads went in."""
        with self._poller.runtime.pool.connection() as connection:
            row = connection.execute(
                "SELECT pg_try_advisory_xact_lock(hashtext('terraloom.sweep'))"
            ).fetchone()
            assert row is not None
            return self._sweep(connection, datetime.now(UTC)) if row[0] else 0

    def _sweep(self, connection: Connection[Any], now: datetime) -> int:
        self._failed = {i: at for i, at in self._failed.items() if now - at < AGAIN_AFTER}
        lying = [e.id for e in pending(connection) if now - e.fetched_at > self._old_enough]
        applied = [self._apply(i, now) for i in lying if i not in self._failed]
        if applied:
            log.info("sweep.finished", found=len(applied), applied=sum(applied))
        return sum(applied)

    def _apply(self, payload_id: UUID, now: datetime) -> bool:
        error = self._poller.apply([str(payload_id)]).error
        if error:
            self._failed[payload_id] = now
        return not error
