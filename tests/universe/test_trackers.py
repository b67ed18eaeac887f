"""The Smithsonian's week: from Wednesday to Tuesday, reported on the Thursday after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from terraloom.universe.trackers import next_thursday


@pytest.mark.parametrize("days", range(14))
def test_an_eruption_is_in_the_report_of_its_own_week(days: int):
    onset = datetime(2026, 11, 11, 5, tzinfo=UTC) + timedelta(days=days)
    report = next_thursday(onset)
    first, last = report.date() - timedelta(days=8), report.date() - timedelta(days=2)
    assert (f"{report:%a %H:%M}", f"{first:%a}", f"{last:%a}") == ("Thu 17:30", "Wed", "Tue")
    assert first <= onset.date() <= last
