"""Agencies see the truth late, imperfectly, under ids of their own, and change their minds."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from planets import NOW, planet

from terraloom.records import EventType, ReportStatus
from terraloom.universe.agencies import Reports
from terraloom.universe.places import distance_km


@pytest.fixture(scope="module")
def stories():
    return planet().stories


def test_nothing_is_published_before_it_happens(stories):
    quakes = [s for s in stories if s.hazard and s.hazard.type is EventType.EARTHQUAKE]
    assert all(s.versions[0].published > s.hazard.onset for s in quakes)


def test_versions_are_in_order_of_publication_and_of_the_agency_clock(stories):
    for story in stories:
        published = [v.published for v in story.versions]
        updated = [v.updated for v in story.versions]
        assert published == sorted(published)
        assert updated == sorted(updated)


def test_two_agencies_differ_as_measured_between_emsc_and_usgs(stories):
    """13 km and 1 to 6 s at the median: the measured distributions are in this neighbourhood."""
    last = {(s.agency, s.truth): s.versions[-1] for s in stories if s.truth and s.agency in ("usgs", "emsc")}
    both = [t for a, t in last if a == "usgs" and ("emsc", t) in last]
    pairs = [(last["usgs", t], last["emsc", t]) for t in both]
    km = [distance_km(a.lon, a.lat, b.lon, b.lat) for a, b in pairs if abs(a.lat) < 80]
    seconds = [abs((a.onset - b.onset).total_seconds()) for a, b in pairs]
    assert len(pairs) > 50
    assert 8 < np.median(km) < 18
    assert 0.5 < np.median(seconds) < 6


def test_usgs_changes_preferred_ids_and_lists_both(stories):
    flipped = [s for s in stories if s.agency == "usgs" and s.versions[0].id != s.versions[-1].id]
    assert flipped
    assert all(s.versions[0].id in s.versions[-1].ids for s in flipped)


def test_no_id_is_given_to_two_events(stories):
    owners: dict[tuple[str, str], str] = {}
    for story in stories:
        for name in {name for version in story.versions for name in version.ids}:
            assert owners.setdefault((story.agency, name), story.key) == story.key


def test_false_alarms_are_taken_back(stories):
    ghosts = [s for s in stories if not s.truth]
    assert ghosts
    assert all(s.versions[-1].status is ReportStatus.DELETED for s in ghosts)


def test_retracted_events_leave_the_current_list_unless_asked_for(stories):
    reports = Reports(stories)
    gone = next(s for s in stories if s.versions[-1].status is ReportStatus.DELETED)
    at = gone.versions[-1].published + timedelta(seconds=1)
    assert gone.key not in {s.key for s, _ in reports.current(gone.agency, at)}
    assert gone.key in {s.key for s, _ in reports.current(gone.agency, at, deleted=True)}


def test_a_skewed_clock_moves_only_the_agency_time(stories):
    story = stories[0]
    skewed = story.skewed(timedelta(minutes=7))
    assert [v.updated - u.updated for v, u in zip(skewed.versions, story.versions, strict=True)] == [
        timedelta(minutes=7)
    ] * len(story.versions)
    assert skewed.at(NOW) is None or skewed.at(NOW).onset == story.at(NOW).onset
