"""Housekeeping as durable jobs: each on its own grid of hours, once however many workers run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from msgspec import Struct

from terraloom import caches
from terraloom.config import Settings, months
from terraloom.observations.cold import freezing
from terraloom.polling import durable, slots
from terraloom.runtime import Runtime

log = structlog.get_logger(__name__)

MANY = 20_000  # values in one poll, from which on caches do not wait for their hour
LOOK_EVERY_S = 5.0
FREEZE_S = 600.0  # no partition is begun after so long: the job would be cancelled (`durable.TIMEOUT`)

Work = Callable[[Runtime], dict[str, Any]]


class Chore(Struct, frozen=True):
    """One job: how often, what it does (what it returns is kept with the job), and whether it is wanted."""

    every: timedelta
    work: Work
    wanted: Callable[[Settings], bool] = lambda _: True


def refresh_caches(runtime: Runtime) -> dict[str, Any]:
    """Bring all caches up to date."""
    with runtime.pool.connection() as connection:
        changed = caches.refresh(connection, datetime.now(UTC))
    log.info("caches.refreshed", changed=changed)
    return {"changed": changed}


def freeze_old(runtime: Runtime) -> dict[str, Any]:
    """Move what has become old to files, as much as there is time for; the rest waits for the next day."""
    until = time.monotonic() + FREEZE_S
    age = runtime.settings.observations.cold_after
    with runtime.pool.connection() as connection:
        due = freezing.due(connection, datetime.now(UTC), months(age)) if age else []
        for n, partition in enumerate(due):
            if time.monotonic() > until:
                return {"frozen": n, "left": len(due) - n}
            moved = freezing.freeze(connection, runtime.archive.store, partition, datetime.now(UTC))
            log.info("observations.frozen", partition=partition.name, rows=moved and moved.rows)
    return {"frozen": len(due), "left": 0}


CHORES: Mapping[str, Chore] = {
    "caches": Chore(timedelta(hours=1), refresh_caches),
    "freeze": Chore(timedelta(days=1), freeze_old, lambda settings: bool(settings.observations.cold_after)),
}


def hand_out(now: datetime, settings: Settings) -> float:
    """Enqueue every chore's newest slot that is not known yet; returns the pause until the next look, s."""
    for name, chore in CHORES.items():
        if not chore.wanted(settings):
            continue
        slot = slots.slot_at(f"chore:{name}", chore.every, now)
        durable.enqueue_chore(f"chore:{name}:{slot.isoformat(timespec='seconds')}", name)
    return LOOK_EVERY_S


def after_poll(poll: str, counts: Mapping[str, int]) -> None:
    """Have the caches refreshed now where a poll brought much."""
    if counts.get("observed", 0) + counts.get("revised", 0) >= MANY:
        durable.enqueue_chore(f"chore:caches:after:{poll}", "caches")
