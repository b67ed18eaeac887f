"""Windows joined and taken away from each other; jobs and ledger rest on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from terraloom.backfill.jobs import Window
from terraloom.backfill.windows import as_range, as_window, joined, missing

ZERO = datetime(2020, 1, 1, tzinfo=UTC)


def window(start: int, end: int) -> Window:
    return Window(ZERO + timedelta(hours=start), ZERO + timedelta(hours=end))


hours = st.integers(0, 40)
windows = st.lists(st.builds(window, hours, hours), max_size=12)


def held(found: list[Window]) -> set[int]:
    """The hours in any of them."""
    starts = ((one, hour) for one in found for hour in range(40))
    return {hour for one, hour in starts if one.start <= ZERO + timedelta(hours=hour) < one.end}


@given(windows)
def test_joined_windows_hold_the_same_time_and_do_not_touch(found: list[Window]) -> None:
    whole = joined(found)
    assert held(whole) == held(found)
    assert all(a.end < b.start for a, b in pairwise(whole))


@given(st.builds(window, st.integers(0, 19), st.integers(20, 40)), windows)
def test_what_is_missing_and_what_is_held_make_up_the_window(asked: Window, found: list[Window]) -> None:
    gaps = missing(asked, found)
    assert held(gaps) == held([asked]) - held(found)
    assert gaps == joined(gaps)


def test_a_window_survives_the_database_and_none_is_all_of_time() -> None:
    assert as_window(as_range(window(1, 2))) == window(1, 2)
    assert as_window(as_range(None)) is None
