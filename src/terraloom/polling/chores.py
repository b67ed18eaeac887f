"""Housekeeping as durable jobs: each on its own grid of hours, once however many workers run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from msgspec import Struct

from terraloom import caches
from terraloom.polling import durable, slots
from terraloom.runtime import Runtime

log = structlog.get_logger(__name__)

MANY = 20_000  # values in one poll, from which on caches do not wait for their hour
LOOK_EVERY_S = 5.0

Work = Callable[[Runtime], dict[str, Any]]


class Chore(Struct, frozen=True):
    """One job: how often, and what it does; what it returns is kept with the job."""

    every: timedelta
    work: Work


def refresh_caches(runtime: Runtime) -> dict[str, Any]:
    """Bring all caches up to date."""
    with runtime.pool.connection() as connection:
        changed = caches.refresh(connection, datetime.now(UTC))
    log.info("caches.refreshed", changed=changed)
    return {"changed": changed}


CHORES: Mapping[str, Chore] = {"caches": Chore(timedelta(hours=1), refresh_caches)}


def hand_out(now: datetime) -> float:
    """Enqueue every chore's newest slot that is not known yet; returns the pause until the next look, s."""
    for name, chore in CHORES.items():
        slot = slots.slot_at(f"chore:{name}", chore.every, now)
        durable.enqueue_chore(f"chore:{name}:{slot.isoformat(timespec='seconds')}", name)
    return LOOK_EVERY_S


def after_poll(poll: str, counts: Mapping[str, int]) -> None:
    """Have the caches refreshed now where a poll brought much."""
    if counts.get("observed", 0) + counts.get("revised", 0) >= MANY:
        durable.enqueue_chore(f"chore:caches:after:{poll}", "caches")
