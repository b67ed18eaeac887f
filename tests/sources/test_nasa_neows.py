from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from recordings import measure, payload

from terraloom.sources.astronomy.nasa_neows import NasaNeows

SOURCE = NasaNeows()


def asteroid(name: str, body: str = "Earth", **other: object) -> dict[str, object]:
    meters = {"estimated_diameter_min": 45.5, "estimated_diameter_max": 101.7}
    return {
        "id": name,
        "name": f"({name})",
        "absolute_magnitude_h": 23.9,
        "estimated_diameter": {"kilometers": {}, "meters": meters},
        "close_approach_data": [
            {
                "close_approach_date_full": "2026-Nov-24 16:40",
                "epoch_date_close_approach": 1795538400000,
                "relative_velocity": {"kilometers_per_second": "20.1270694374"},
                "miss_distance": {"astronomical": "0.0425269505", "lunar": "16.5"},
                "orbiting_body": body,
            }
        ],
        **other,
    }


def feed(**days: list[dict[str, object]]) -> str:
    listed = {day.replace("_", "-")[1:]: entries for day, entries in days.items()}
    return json.dumps({"element_count": 2, "near_earth_objects": listed})


BOTH = feed(_2026_11_24=[asteroid("3542519")], _2026_11_23=[asteroid("54016476")])


def test_an_approach_has_distance_speed_and_sizes_on_its_day() -> None:
    found = measure(SOURCE, BOTH)
    assert SOURCE.recognises(payload(BOTH))
    assert len(found.values) == 12
    at = ("neows/3542519", "2026-11-24")
    assert found.value("close_approach_distance", *at) == 0.0425269505
    assert found.value("close_approach_speed", *at) == 20.1270694374
    assert found.value("estimated_diameter_max", *at) == 101.7
    # 16:40 in TDB is 69.184 s earlier in UTC
    assert found.value("close_approach_time_of_day", *at) == pytest.approx(
        16 + 38 / 60 + 50.816 / 3600, abs=1e-5
    )


def test_approaches_to_other_planets_are_none() -> None:
    assert measure(SOURCE, feed(_2026_11_24=[asteroid("1", body="Venus")])).values == []


def test_an_entry_that_is_broken_costs_only_itself() -> None:
    found = measure(SOURCE, feed(_2026_11_24=[asteroid("1", estimated_diameter=None), asteroid("2")]))
    assert len(found.values) == 6
    assert ["estimated_diameter" in reject.reason for reject in found.rejects] == [True]


def test_what_came_before_the_end_is_kept() -> None:
    found = measure(SOURCE, BOTH[: BOTH.index("54016476")])
    assert {one.station for one in found.values} == {"neows/3542519"}
    assert "ends early" in found.rejects[0].reason


def test_a_week_is_asked_for() -> None:
    [address] = SOURCE.addresses(datetime(2026, 11, 24, tzinfo=UTC))
    assert address.endswith("feed?start_date=2026-11-23&end_date=2026-11-30")


def test_a_week_without_approaches_is_whole() -> None:
    assert list(SOURCE.parse(payload(feed()))) == []
