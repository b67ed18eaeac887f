"""The arithmetic of schedules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from terraloom.polling.slots import Due, due, next_slot, phase, poll_id, slot_at

IDS = st.text("abcdefghij-", min_size=1, max_size=20)
EVERY = st.floats(1, 90_000).map(lambda s: timedelta(milliseconds=round(s * 1000)))
NOWS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))
MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 11, 21, 2, 0, 30, tzinfo=UTC)


@given(IDS, EVERY, NOWS)
def test_every_moment_lies_between_its_slot_and_the_next(
    source: str, every: timedelta, now: datetime
) -> None:
    assert slot_at(source, every, now) <= now < next_slot(source, every, now)
    assert slot_at(source, every, next_slot(source, every, now)) == next_slot(source, every, now)


@given(IDS, EVERY)
def test_a_phase_lies_within_the_interval(source: str, every: timedelta) -> None:
    assert timedelta(0) <= phase(source, every) < every


@given(IDS, EVERY, NOWS, st.integers(1, 1000))
def test_after_any_downtime_there_is_one_poll_and_the_rest_is_counted(
    source: str, every: timedelta, now: datetime, passed: int
) -> None:
    slot = slot_at(source, every, now)
    assert due(source, every, slot - passed * every, now) == Due(slot, passed - 1)
    assert due(source, every, slot, now) is None


def test_sources_of_one_interval_do_not_fire_together() -> None:
    seconds = {slot_at(f"source-{n}", MINUTE, NOW).second for n in range(30)}
    assert len(seconds) > 15


def test_a_source_never_polled_is_due_at_once() -> None:
    assert due("a", MINUTE, None, NOW) == Due(slot_at("a", MINUTE, NOW), 0)


def test_without_catch_up_an_old_slot_is_left_to_the_next() -> None:
    slot = slot_at("a", MINUTE, NOW)
    late, soon = slot + timedelta(seconds=50), slot + timedelta(seconds=1)
    assert due("a", MINUTE, slot - 9 * MINUTE, late, catch_up=False) is None
    assert due("a", MINUTE, slot - 9 * MINUTE, soon, catch_up=False) == Due(slot, 8)


def test_the_clock_of_a_worker_that_runs_behind_hands_out_no_older_slot() -> None:
    slot = slot_at("a", MINUTE, NOW)
    assert due("a", MINUTE, slot + MINUTE, NOW) is None


def test_polls_of_two_slots_have_two_names() -> None:
    slot = slot_at("a", timedelta(seconds=1), NOW)
    assert poll_id("a", slot) != poll_id("a", slot + timedelta(seconds=1))
