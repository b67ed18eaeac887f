"""Windows partition a span exactly, the same each time; what is split covers what it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upstream import between, planned

from terraloom.backfill import planning
from terraloom.backfill.jobs import Campaign, Job, Window
from terraloom.errors import ConfigError, FetchError

moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@st.composite
def spans(draw, longest: timedelta = timedelta(days=4000)) -> Window:
    start = draw(moments)
    seconds = draw(st.integers(1, int(longest.total_seconds())))
    return Window(start, start + timedelta(seconds=seconds))


def is_partition(found: list[Window], whole: Window) -> bool:
    ends = [whole.start, *(window.end for window in found)]
    return [window.start for window in found] == ends[:-1] and ends[-1] == whole.end


@given(spans(), st.integers(86_400, 100 * 86_400))
def test_steps_partition_the_span(span, step_s):
    found = list(planning.steps(span, step_s))
    assert is_partition(found, span)
    assert all(timedelta(0) < w.end - w.start <= timedelta(seconds=step_s) for w in found)


@given(spans(), st.sampled_from([1, 3, 12]))
def test_months_partition_the_span(span, each):
    found = list(planning.months(span, each=each))
    assert is_partition(found, span)
    assert all(w.end.day == 1 and w.end.hour == 0 for w in found[:-1])


@given(spans(), st.integers(1, 40))
def test_parts_cover_the_window(window, n):
    found = planning.parts(window, n)
    assert is_partition(found, window)
    assert len(found) <= n
    assert all(w.end - w.start >= timedelta(seconds=1) for w in found)


@given(spans(timedelta(days=9)), st.integers(2, 40), st.sampled_from([60, 3600, 86_400]))
def test_parts_may_be_cut_at_whole_hours_alone(window, n, unit_s):
    found = planning.parts(window, n, timedelta(seconds=unit_s))
    assert is_partition(found, window)
    assert all((part.start - planning.GRID) % timedelta(seconds=unit_s) == timedelta(0) for part in found[1:])


@given(spans(timedelta(days=900)), spans(timedelta(days=900)))
def test_campaigns_that_overlap_plan_the_same_jobs_within(one, other):
    """All but the jobs at their edges; and the same campaign plans the same jobs each time."""
    campaigns = [Campaign(kind="fdsn-event", source="usgs-earthquakes-month", window=w) for w in (one, other)]
    first, second = (planned(campaign) for campaign in campaigns)
    assert [job.id for job in first] == [job.id for job in planned(campaigns[0])]
    within = [j for j in first[1:-1] if other.start <= j.window.start and j.window.end <= other.end]
    assert {job.id for job in within} <= {job.id for job in second}


@given(spans())
def test_a_job_is_halved_until_a_second_is_left(window):
    job = Job(kind="fdsn-event", source="s", host="h", window=window)
    while job.window.end - job.window.start > timedelta(seconds=1):
        found = planning.smaller(job, "too much")
        assert is_partition([one.window for one in found.jobs], job.window)
        job = found.jobs[-1]
    with pytest.raises(FetchError, match="cannot be cut any smaller"):
        planning.smaller(job, "too much")


def test_a_campaign_needs_a_span_that_is_one():
    with pytest.raises(ConfigError, match="a span of time"):
        planning.span(Campaign(kind="fdsn-event", source="s"))
    with pytest.raises(ConfigError, match="a start before the end"):
        planning.span(Campaign(kind="fdsn-event", source="s", window=between("2001-01-01", "2001-01-01")))
