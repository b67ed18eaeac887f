"""The score says what was grouped wrongly, lost, doubled or made up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from planets import NOW, START, planet

from terraloom.hazards.rules import distance_km
from terraloom.records import EventType, ReportStatus
from terraloom.universe.agencies import Story
from terraloom.universe.score import Placed, TypeScore, score

AGENCIES = {"usgs", "emsc"}


def published() -> list[Story]:
    """All that the two agencies have said by now and not taken back."""
    said = [s for s in planet().stories if s.agency in AGENCIES and s.versions[0].published <= NOW]
    return [s for s in said if s.versions[-1].status is not ReportStatus.DELETED]


def placed(stories: list[Story], event: str = "") -> list[Placed]:
    """A record that groups by the truth, or puts everything into one `event`."""
    return [Placed(s.agency, s.versions[0].id, event or s.truth, s.versions[-1].ids) for s in stories]


def of_earthquakes(record: list[Placed]) -> TypeScore:
    found = score(planet(), record, AGENCIES, START, NOW)
    return next(one for one in found.types if one.type == EventType.EARTHQUAKE.value)


def near_pair(pairs: list[tuple[Story, Story]]) -> tuple[Story, Story]:
    """Reports of two earthquakes within a minute and a hundred kilometres."""
    for a, b in pairs:
        one, other = a.hazard, b.hazard
        assert one is not None
        assert other is not None
        apart_km = distance_km(one.lon, one.lat, other.lon, other.lat)
        if abs(one.onset - other.onset) < timedelta(minutes=1) and apart_km < 100:
            return a, b
    pytest.fail("the planet has no dense sequence")


def test_a_record_grouped_as_the_truth_is_perfect():
    perfect = of_earthquakes(placed(published()))
    assert (perfect.precision, perfect.recall) == (1.0, 1.0)
    assert (perfect.lost, perfect.doubled, perfect.wrong) == (0, 0, 0)
    assert perfect.true_pairs > 50


def test_a_report_that_is_missing_is_lost():
    first, *rest = [s for s in published() if s.versions[0].published < NOW - timedelta(hours=2)]
    found = score(planet(), placed([s for s in published() if s is not first]), AGENCIES, START, NOW)
    assert found.lost == [first.key]
    assert rest


def test_a_report_in_two_events_is_doubled():
    record = placed(published())
    again = Placed(record[0].agency, record[0].canonical_id, "another event", record[0].known_as)
    assert of_earthquakes([*record, again]).doubled == 1


def test_two_events_in_one_are_wrong_pairs():
    a, b = [s for s in published() if s.agency == "usgs"][:2]
    (c,) = [s for s in published() if s.agency == "emsc"][:1]
    found = of_earthquakes(placed([a, b, c], event="one"))
    assert found.right + found.wrong == 3
    assert found.wrong >= 2  # one agency says that a and b differ; c can be only one of them


def test_a_wrong_pair_of_true_neighbours_is_told_from_a_blunder():
    said = [s for s in published() if s.hazard and s.hazard.type is EventType.EARTHQUAKE]
    usgs, emsc = ([s for s in said if s.agency == agency] for agency in ("usgs", "emsc"))
    pairs = [(a, b) for a in usgs for b in emsc if a.truth != b.truth]
    gap = {(a.key, b.key): abs(a.hazard.onset - b.hazard.onset) for a, b in pairs if a.hazard and b.hazard}
    far = max(pairs, key=lambda pair: gap[pair[0].key, pair[1].key])
    blunder, slip = (of_earthquakes(placed(list(pair), event="one")) for pair in (far, near_pair(pairs)))
    assert (blunder.wrong, blunder.neighbours) == (1, 0)
    assert (slip.wrong, slip.neighbours) == (1, 1)


def test_nothing_grouped_has_no_recall_and_no_wrong_pair():
    alone = [Placed(s.agency, s.key, s.key, s.versions[-1].ids) for s in published()]
    found = of_earthquakes(alone)
    assert (found.precision, found.recall, found.wrong) == (None, 0.0, 0)


def test_what_no_agency_published_is_a_stranger():
    made_up = Placed("usgs", "us0000none", "e", ("us0000none",))
    assert score(planet(), [made_up], AGENCIES, START, NOW).strangers == 1


@pytest.mark.parametrize("agency", ["gdacs", "gvp"])
def test_agencies_that_were_not_asked_lose_nothing(agency: str):
    found = score(planet(), placed(published()), AGENCIES, START, NOW)
    assert not [key for key in found.lost if key.startswith(agency)]
