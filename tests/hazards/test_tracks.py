"""Moving storms: compared where and when both were, wherever on the globe that is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from msgspec import structs

from hazards.strategies import START
from terraloom.hazards.decide import Decider
from terraloom.hazards.memory import Memory
from terraloom.hazards.outcome import Provenance
from terraloom.hazards.rules import Profile, Rules, distance_km
from terraloom.hazards.tracks import Track, separation
from terraloom.records import EventType, HazardReport

HOUR = 3600.0
Path = Callable[[float], tuple[float, float]]  # hours -> lon, lat


def fix(agency: str, storm: str, hours: float, lon: float, lat: float) -> HazardReport:
    at = START + timedelta(hours=hours)
    return HazardReport(
        source=agency,
        agency=agency,
        source_event_id=storm,
        event_type=EventType.TROPICAL_CYCLONE,
        title=storm,
        onset=at,
        updated_at=at,
        lon=(lon + 180) % 360 - 180,
        lat=lat,
        fragment=repr((agency, storm, hours)).encode(),
    )


def fixes(agency: str, storm: str, path: Path, start: int, end: int, step: int = 6) -> list[HazardReport]:
    return [fix(agency, storm, h, *path(h)) for h in range(start, end + 1, step)]


def grouped(reports: list[HazardReport], profile: Profile = "default") -> set[frozenset[str]]:
    decider = Decider(Memory(Rules().with_profile(profile)), next_seq=1)
    for report in reports:
        decider.report(report, Provenance(UUID(int=0), datetime.min, 50))
    groups: dict[UUID | None, set[str]] = {}
    for node in decider.memory.nodes.values():
        groups.setdefault(node.event_id, set()).add(node.canonical_id)
    return {frozenset(group) for group in groups.values()}


def by_time(*tracks: list[HazardReport]) -> list[HazardReport]:
    return sorted((f for track in tracks for f in track), key=lambda f: f.onset)


def west(lon: float, lat: float = 15.0, off_km: float = 0.0) -> Path:
    """A storm going west by a quarter of a degree an hour, its latitude `off_km` off."""
    return lambda h: (lon - 0.25 * h, lat + off_km / 111.195)


class TestTwoAgenciesOfOneStorm:
    def test_are_one_event_though_their_fixes_differ(self) -> None:
        both = by_time(fixes("nhc", "n1", west(-50), 0, 96), fixes("jtwc", "j1", west(-50, off_km=60), 3, 99))
        assert grouped(both) == {frozenset({"n1", "j1"})}

    def test_are_one_event_in_every_order_of_arrival(self) -> None:
        both = fixes("nhc", "n1", west(-50), 0, 48) + fixes("jtwc", "j1", west(-50, off_km=60), 3, 51)
        for seed in range(5):
            Random(seed).shuffle(both)
            for n, report in enumerate(both):  # the agencies' clocks follow the arrival
                both[n] = _later(report, n)
            assert grouped(both) == {frozenset({"n1", "j1"})}

    def test_are_one_event_when_the_second_starts_days_late(self) -> None:
        both = by_time(fixes("nhc", "n1", west(-50), 0, 120), fixes("jtwc", "j1", west(-50), 96, 144))
        assert grouped(both) == {frozenset({"n1", "j1"})}

    def test_are_one_event_when_one_stops_and_the_other_takes_over_soon(self) -> None:
        assert grouped(fixes("nhc", "n1", west(-50), 0, 48) + fixes("jtwc", "j1", west(-50), 51, 96)) == {
            frozenset({"n1", "j1"})
        }

    def test_are_two_when_the_other_starts_more_than_twelve_hours_later(self) -> None:
        def still(h: float) -> tuple[float, float]:
            return (-50.0, 15.0)

        assert len(grouped(fixes("nhc", "n1", still, 0, 48) + fixes("jtwc", "j1", still, 61, 96))) == 2

    def test_are_one_event_across_the_antimeridian(self) -> None:
        both = by_time(fixes("jma", "w1", west(190), 0, 96), fixes("nhc", "e1", west(190, off_km=50), 3, 99))
        assert {report.lon > 0 for report in both if report.lon} == {True, False}
        assert grouped(both) == {frozenset({"w1", "e1"})}

    def test_are_one_event_though_the_first_fixes_lie_far_apart(self) -> None:
        def converging(h: float) -> tuple[float, float]:
            return (-50 - 0.25 * h, 15 + max(0.0, 3 - h / 6))

        both = by_time(fixes("nhc", "n1", west(-50), 0, 96), fixes("jtwc", "j1", converging, 0, 96))
        assert grouped(both) == {frozenset({"n1", "j1"})}


def _later(report: HazardReport, n: int) -> HazardReport:
    return structs.replace(report, updated_at=START + timedelta(days=30, seconds=n))


class TestTwoStorms:
    def test_that_circle_each_other_stay_two(self) -> None:
        """A Fujiwhara pair, 500 km apart, each seen by two agencies."""
        first, second = west(140, 18), west(140, 18 + 500 / 111.195)
        pairs = by_time(
            fixes("jma", "w1", first, 0, 96),
            fixes("jtwc", "j1", first, 3, 99),
            fixes("jma", "w2", second, 0, 96),
            fixes("jtwc", "j2", second, 3, 99),
        )
        assert grouped(pairs) == {frozenset({"w1", "j1"}), frozenset({"w2", "j2"})}

    def test_that_pass_close_once_stay_two(self) -> None:
        def crossing(h: float) -> tuple[float, float]:
            return (-62.0, 9.0 + 0.125 * h)  # meets the other after 48 h

        both = by_time(fixes("nhc", "n1", west(-50), 0, 96), fixes("jtwc", "j1", crossing, 0, 96))
        assert len(grouped(both)) == 2
        assert len(grouped(both, "as-given")) == 1

    def test_that_follow_one_another_on_one_path_stay_two(self) -> None:
        def later(h: float) -> tuple[float, float]:
            return west(-50)(h - 36)

        both = by_time(fixes("nhc", "n1", west(-50), 0, 96), fixes("jtwc", "j1", later, 36, 132))
        assert len(grouped(both)) == 2

    def test_of_one_agency_are_two_however_close(self) -> None:
        assert (
            len(grouped(by_time(fixes("nhc", "n1", west(-50), 0, 48), fixes("nhc", "n2", west(-50), 0, 48))))
            == 2
        )


def test_a_track_taken_for_another_goes_over_once_it_has_grown() -> None:
    """At first the second agency's storm runs with the wrong one; as both grow, it is told apart."""
    right, wrong = west(-50, 15), west(-50, 16.5)

    def turning(h: float) -> tuple[float, float]:
        return (-50 - 0.25 * h, 15 + (1.2 if h < 12 else 0.0))

    all_fixes = by_time(
        fixes("nhc", "n1", right, 0, 96),
        fixes("nhc", "n2", wrong, 0, 96),
        fixes("jtwc", "j1", turning, 0, 96),
    )
    assert grouped(all_fixes[:6]) == {frozenset({"n1"}), frozenset({"n2", "j1"})}
    assert grouped(all_fixes) == {frozenset({"n1", "j1"}), frozenset({"n2"})}


class TestSeparation:
    def track(self, *points: tuple[float, float, float]) -> Track:
        track = Track()
        for hours, lon, lat in points:
            track.add(hours * HOUR, lon, lat)
        return track

    def test_is_measured_between_fixes_too(self) -> None:
        a, b = self.track((0, 0, 0), (12, 2, 0)), self.track((6, 1, 1))
        found = separation(a, b, HOUR, 1000)
        assert found is not None
        assert found.median_km == pytest.approx(distance_km(1, 0, 1, 1), rel=1e-6)
        assert found.dt_s == 0

    def test_of_tracks_that_share_no_time_is_that_of_their_ends(self) -> None:
        a, b = self.track((0, 0, 0), (6, 1, 0)), self.track((12, 2, 0), (18, 9, 0))
        found = separation(a, b, 12 * HOUR, 1000)
        assert found is not None
        assert (found.nearest_km, found.dt_s) == (pytest.approx(111.195, rel=1e-4), 6 * HOUR)

    def test_is_symmetric_and_knows_no_order_of_fixes(self) -> None:
        random = Random(1)
        points = [(h, 179 + random.random() * 2 - 360 * (h % 2), 10 + random.random()) for h in range(30)]
        others = [(h + 0.5, -179.5 + random.random(), 10 + random.random()) for h in range(9, 40)]
        a, b = self.track(*points), self.track(*others)
        random.shuffle(points)
        found = separation(a, b, HOUR, 5000)
        assert found == separation(b, a, HOUR, 5000) == separation(self.track(*points), b, HOUR, 5000)

    def test_is_none_when_they_are_certainly_apart(self) -> None:
        assert separation(self.track((0, 0, 0)), self.track((0, 9, 0)), HOUR, 500) is None
        assert separation(self.track((0, 0, 0)), self.track((2, 0, 0)), HOUR, 500) is None

    def test_near_a_pole_is_short(self) -> None:
        found = separation(self.track((0, 0, 89.5)), self.track((0, 180, 89.5)), HOUR, 500)
        assert found is not None
        assert found.median_km == pytest.approx(111.195, rel=1e-4)
