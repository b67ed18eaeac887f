"""When a source is due: a grid of slots per source, the same in every process and after every restart."""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime, timedelta

from msgspec import Struct

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Due(Struct, frozen=True):
    """One poll to hand out: its slot, and how many slots before it passed without a poll."""

    slot: datetime
    missed: int


def phase(source_id: str, every: timedelta) -> timedelta:
    """
    Offset of the source's grid, 0 ≤ phase < `every`, in whole milliseconds.

    It is made from the id, so that sources of one interval do not fire all at once, and each at the same
    moments everywhere.
    """
    share = int.from_bytes(hashlib.sha256(source_id.encode()).digest()[:8]) / 2**64
    return timedelta(milliseconds=math.floor(share * (every / timedelta(milliseconds=1))))


def slot_at(source_id: str, every: timedelta, now: datetime) -> datetime:
    """The newest slot at or before `now`."""
    offset = phase(source_id, every)
    return EPOCH + offset + every * ((now - EPOCH - offset) // every)


def due(
    source_id: str, every: timedelta, last_slot: datetime | None, now: datetime, *, catch_up: bool = True
) -> Due | None:
    """
    The poll that `source_id` is due at `now`; None while the newest slot is the one handed out last.

    After downtime there is one poll, for the newest slot, never one per slot that passed: a feed answers with
    what it holds now, so the older slots would fetch the same again. They are counted in `missed`. Without
    `catch_up`, a slot more than half an interval old is left to the next one.
    """
    slot = slot_at(source_id, every, now)
    if last_slot is None:
        return Due(slot, 0)
    if slot <= last_slot:
        return None
    missed = max(0, round((slot - last_slot) / every) - 1)
    if missed and not catch_up and now - slot > every / 2:
        return None
    return Due(slot, missed)


def next_slot(source_id: str, every: timedelta, now: datetime) -> datetime:
    """The first slot after `now`."""
    return slot_at(source_id, every, now) + every


def poll_id(source_id: str, slot: datetime) -> str:
    """The workflow id of one source and slot: the same whichever worker hands it out."""
    return f"poll:{source_id}:{slot.isoformat(timespec='milliseconds')}"


def trigger_id(source_id: str, asked_at: datetime) -> str:
    """The workflow id of a poll that somebody asked for at `asked_at`."""
    return f"poll:{source_id}:trigger:{asked_at.isoformat(timespec='microseconds')}"
