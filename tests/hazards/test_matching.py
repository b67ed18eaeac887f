"""When two agencies' reports may be one hazard: the limits, one pair at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from msgspec import structs

from hazards.strategies import quake
from terraloom.hazards.decide import Decider
from terraloom.hazards.memory import Memory
from terraloom.hazards.outcome import Provenance
from terraloom.hazards.rules import Profile, Rules, near_time_s
from terraloom.records import CALENDAR_BEGINS, EventType, HazardReport


def decided(reports: Iterable[HazardReport], profile: Profile = "default") -> Decider:
    """Reports decided one after the other on an empty memory."""
    decider = Decider(Memory(Rules().with_profile(profile)), next_seq=1)
    for report in reports:
        decider.report(report, Provenance(UUID(int=0), datetime.min, 50))
    return decider


def joined(a: HazardReport, b: HazardReport, profile: Profile = "default") -> bool:
    """Whether two reports, alone in the world, become one event; the same whichever comes first."""
    both = {len({n.event_id for n in decided(r, profile).memory.nodes.values()}) for r in ((a, b), (b, a))}
    assert len(both) == 1
    return both == {1}


def doubtful(*reports: HazardReport) -> bool:
    return bool(decided(reports).memory.doubtful)


def other(
    seconds: float = 0.0, km: float = 0.0, magnitude: float | None = 5.0, resolution: float = 1.0
) -> HazardReport:
    return quake("emsc", "e1", seconds=seconds, km=km, magnitude=magnitude, time_resolution_s=resolution)


class TestNearTier:
    @pytest.mark.parametrize(("seconds", "km", "same"), [(15.9, 0, True), (0, 99, True), (15.9, 99, True)])
    def test_sixteen_seconds_and_a_hundred_kilometres_join(
        self, seconds: float, km: float, same: bool
    ) -> None:
        assert joined(quake(magnitude=3.0), other(seconds, km, 3.0)) is same

    def test_of_a_small_quake_nothing_beyond_joins_once_magnitudes_differ(self) -> None:
        assert joined(quake(magnitude=2.0), other(10, 90, 4.9))
        assert not joined(quake(magnitude=2.0), other(17, 90, 4.9))

    def test_a_large_quake_may_differ_by_a_minute_and_half_its_rupture(self) -> None:
        assert joined(quake(magnitude=7.0), other(59, 110, 5.9))
        assert not joined(quake(magnitude=6.0), other(59, 110, 4.9))

    def test_a_great_quake_may_differ_by_a_minute_and_a_half(self) -> None:
        assert joined(quake(magnitude=8.0), other(89, 100, 7.0))
        assert not joined(quake(magnitude=7.0), other(89, 100, 6.0))

    def test_the_time_limit_grows_steadily_and_stops(self) -> None:
        limits = [near_time_s(Rules().identity, m) for m in (3, 6, 6.5, 7, 7.5, 8, 9.5)]
        assert limits == [16, 16, 38, 60, 75, 90, 90]


class TestFarTier:
    def test_a_lone_pair_within_a_minute_and_600_km_joins(self) -> None:
        assert joined(quake(magnitude=4.0), other(55, 550, 4.5))

    def test_it_does_not_when_magnitudes_disagree_and_is_put_before_a_person(self) -> None:
        a, b = quake(magnitude=4.0), other(55, 550, 5.0)
        assert not joined(a, b)
        assert doubtful(a, b)

    def test_the_distance_shrinks_for_small_quakes(self) -> None:
        assert joined(quake(magnitude=2.5), other(10, 180, 2.5))
        assert not joined(quake(magnitude=2.5), other(10, 200, 2.5))

    def test_without_a_magnitude_half_of_both_limits_stands(self) -> None:
        assert joined(quake(magnitude=4.0), other(29, 290, None))
        assert not joined(quake(magnitude=4.0), other(31, 290, None))
        assert not joined(quake(magnitude=4.0), other(29, 310, None))

    def test_within_the_near_time_magnitudes_need_not_agree_a_little_farther_out(self) -> None:
        assert joined(quake(magnitude=3.6), other(10, 140, 5.2))
        assert not joined(quake(magnitude=3.6), other(10, 160, 5.2))

    def test_a_rival_nearly_as_good_leaves_both_in_doubt(self) -> None:
        rivals = [quake("usgs", "us1", km=-300), quake("usgs", "us2", km=310), other(0, 0)]
        memory = decided(rivals).memory
        assert len({n.event_id for n in memory.nodes.values()}) == 3
        assert len(memory.doubtful) == 2

    def test_a_rival_far_worse_does_not(self) -> None:
        far = [quake("usgs", "us1", km=-110), quake("usgs", "us2", km=480, seconds=20), other(0, 0)]
        nodes = decided(far).memory.nodes
        assert nodes["emsc", "e1"].event_id == nodes["usgs", "us1"].event_id

    def test_just_outside_the_limits_is_doubtful_and_far_outside_is_nothing(self) -> None:
        assert doubtful(quake(), other(70, 100))
        assert not doubtful(quake(), other(80, 100))


class TestWhatSourcesSayOfThemselves:
    def test_a_time_cut_to_the_minute_may_be_up_to_a_minute_early(self) -> None:
        assert joined(quake(seconds=75, magnitude=2.0), other(0, 90, 4.9, 60))
        assert not joined(quake(seconds=77, magnitude=2.0), other(0, 90, 4.9, 60))

    def test_but_never_late(self) -> None:
        assert not joined(quake(seconds=0, magnitude=2.0), other(17, 90, 4.9, 60))

    def test_a_stated_position_error_widens_the_distance(self) -> None:
        coarse = structs.replace(other(0, 115, 4.9), position_error_km=10.0)
        assert not joined(quake(magnitude=2.0), other(0, 155, 4.9))
        assert joined(quake(magnitude=2.0), coarse)

    def test_a_report_without_a_place_is_compared_with_nothing(self) -> None:
        assert not joined(quake(), structs.replace(other(), lon=None, lat=None))


def at(
    lon: float, lat: float, agency: str, hours: float = 0.0, kind: EventType = EventType.EARTHQUAKE
) -> HazardReport:
    report = quake(agency, f"{agency}1", seconds=hours * 3600, event_type=kind)
    return structs.replace(report, lon=lon, lat=lat)


class TestTheGlobe:
    def test_the_antimeridian_is_no_border(self) -> None:
        assert joined(at(179.9, -20, "usgs"), at(-179.9, -20, "emsc"))

    def test_nor_is_the_pole(self) -> None:
        assert joined(at(0, 89.8, "usgs"), at(180, 89.8, "emsc"))

    def test_a_degree_of_longitude_is_short_in_the_north(self) -> None:
        assert joined(at(0, 85, "usgs"), at(8, 85, "emsc"))
        assert not joined(at(0, 0, "usgs"), at(8, 0, "emsc"))


WINDOWS = [
    (EventType.FLOOD, 50, 24),
    (EventType.VOLCANO, 15, 48),
    (EventType.WILDFIRE, 30, 24),
    (EventType.TSUNAMI, 100, 0.25),
]


class TestGivenWindows:
    @pytest.mark.parametrize(("kind", "km", "hours"), WINDOWS)
    def test_join_up_to_their_edge_and_no_farther(self, kind: EventType, km: float, hours: float) -> None:
        degree = km / 111.195
        one = at(30, 40, "usgs", 0, kind)
        assert joined(one, at(30, 40 + 0.99 * degree, "gdacs", 0.99 * hours, kind))
        assert not joined(one, at(30, 40 + 1.01 * degree, "gdacs", 0, kind))
        assert not joined(one, at(30, 40, "gdacs", 1.01 * hours, kind))

    def test_a_weekly_report_may_be_a_week_early_but_never_late(self) -> None:
        week = structs.replace(at(30, 40, "gvp", 0, EventType.VOLCANO), time_resolution_s=7 * 86_400.0)
        assert joined(week, at(30, 40, "gdacs", 7 * 24 + 47, EventType.VOLCANO))
        assert not joined(week, at(30, 40, "gdacs", 7 * 24 + 49, EventType.VOLCANO))
        assert not joined(week, at(30, 40, "gdacs", -49, EventType.VOLCANO))

    def test_eruptions_before_the_calendar_are_joined_by_keys_alone(self) -> None:
        one, another = (
            structs.replace(at(30, 40, agency, 0, EventType.VOLCANO), onset=CALENDAR_BEGINS)
            for agency in ("gvp", "gdacs")
        )
        assert not joined(one, another)
        assert not joined(one, structs.replace(another, onset=CALENDAR_BEGINS + timedelta(hours=1)))
        key = ("glide:VO-0001",)
        assert joined(structs.replace(one, keys=key), structs.replace(another, keys=key))

    def test_droughts_of_two_sources_are_never_joined(self) -> None:
        assert not joined(
            at(30, 40, "gdacs", 0, EventType.DROUGHT), at(30, 40, "eonet", 0, EventType.DROUGHT)
        )

    def test_nor_are_types_without_a_window(self) -> None:
        assert not joined(
            at(30, 40, "gdacs", 0, EventType.LANDSLIDE), at(30, 40, "eonet", 0, EventType.LANDSLIDE)
        )

    def test_nor_hazards_of_different_types(self) -> None:
        assert not joined(at(30, 40, "gdacs", 0, EventType.FLOOD), at(30, 40, "eonet", 0, EventType.WILDFIRE))


class TestProfiles:
    def test_as_given_uses_25_km_and_6_hours(self) -> None:
        assert joined(quake(magnitude=5.0), other(5.9 * 3600, 24, 3.0), "as-given")
        assert not joined(quake(), other(0, 26), "as-given")
        assert not joined(quake(), other(6.1 * 3600, 0), "as-given")

    def test_pdl_uses_16_s_and_100_km_whatever_the_magnitude(self) -> None:
        assert joined(quake(magnitude=8.0), other(15.9, 60, 3.0), "pdl")
        assert not joined(quake(magnitude=8.0), other(17, 0, 8.0), "pdl")
        assert not joined(quake(magnitude=8.0), other(0, 101, 8.0), "pdl")


class TestIdentityKeys:
    @pytest.mark.parametrize("key", ["glide:EQ-2026-000012-TUR", "atcf:AL092026", "storm:IAN.2026.NA"])
    def test_a_shared_key_joins_whatever_the_distance(self, key: str) -> None:
        assert joined(quake(keys=(key,)), structs.replace(other(9000, 4000), keys=(key, "cap:1")))

    def test_a_key_does_not_join_different_types(self) -> None:
        fire = quake("emsc", "e1", keys=("cap:1",), event_type=EventType.WILDFIRE)
        assert not joined(quake(keys=("cap:1",)), fire)

    def test_other_keys_of_one_scheme_keep_nothing_apart(self) -> None:
        assert joined(quake(keys=("cap:1",)), structs.replace(other(), keys=("cap:2",)))
