"""The solar wind at L1: by minutes, by spacecraft, and rounded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recordings import measure, payload, recorded, tallies

from terraloom.records import Quality
from terraloom.sources.space_weather.swpc_solar_wind import SwpcSolarWind
from terraloom.sources.space_weather.swpc_solar_wind_mag import SwpcSolarWindMag
from terraloom.sources.space_weather.swpc_solar_wind_plasma import SwpcSolarWindPlasma
from terraloom.sources.space_weather.swpc_solar_wind_summary import SwpcSolarWindSummary

PROPAGATED = """[["time_tag","speed","density","temperature","bx","by","bz","bt","vx","vy","vz",
"propagated_time_tag"],
["2026-01-02T03:04:00Z",339.2,4.77,117080.0,4.67,-2.74,-4.25,6.89,-337.6,31.0,11.5,"2026-01-02T04:10:30Z"],
["2026-01-02T03:05:00Z",340.0,null,null,4.67,-2.74,-4.25,6.89,null,null,null,null]]"""
AT = "2026-01-02T03:04"


def wind(source: str, **others: object) -> dict[str, object]:
    return {
        "time_tag": "2026-01-02T03:04:00",
        "active": source == "SOLAR1",
        "source": source,
        "proton_speed": 340.9,
        "proton_temperature": 114733,
        "proton_density": 4.82,
        "alpha_speed": None,
        "overall_quality": 0,
        **others,
    }


def test_the_wind_of_a_minute_is_measured_at_l1_and_reaches_the_earth_later() -> None:
    found = measure(SwpcSolarWind(), PROPAGATED)
    assert not found.rejects
    assert len(found.values) == 8 + 5
    assert found.value("interplanetary_magnetic_field_z", "swpc/l1", AT) == -4.25
    assert found.value("solar_wind_travel_time", "swpc/l1", AT) == 66.5


def test_every_spacecraft_is_a_station_of_its_own() -> None:
    rows = [wind("SOLAR1"), wind("ACE", proton_speed=None, overall_quality=1)]
    found = measure(SwpcSolarWindPlasma(), json.dumps(rows))
    assert found.value("solar_wind_speed", "swpc/rtsw-solar1", AT) == 340.9
    assert [x.quality for x in found.values if x.station == "swpc/rtsw-ace"] == [Quality.SUSPECT] * 2
    assert found.stations["swpc/rtsw-ace"].title == "ACE at L1"


def test_arrays_of_strings_are_the_active_spacecraft() -> None:
    rows = [["time_tag", "density", "speed", "temperature"], ["2026-01-02 03:04:00.000", "0.26", None, None]]
    found = measure(SwpcSolarWindPlasma(), json.dumps(rows))
    assert found.value("solar_wind_proton_density", "swpc/l1", AT) == 0.26
    assert len(found.values) == 1


@pytest.mark.parametrize("source", ["", None])
def test_a_record_without_its_spacecraft_is_refused(source: str | None) -> None:
    [reject] = measure(SwpcSolarWindPlasma(), json.dumps([{**wind("ACE"), "source": source}])).rejects
    assert "the code of a station" in reject.reason


def test_rounded_values_replace_no_exact_ones() -> None:
    body = '[{"bt": 4, "bz_gsm": -2, "time_tag": "2026-01-02T03:04:00Z"}]'
    assert SwpcSolarWindSummary().recognises(payload(body))
    assert {x.station for x in measure(SwpcSolarWindSummary(), body).values} == {"swpc/l1-summary"}


def test_recordings_are_read_whole(samples: Path) -> None:
    folder = "swpc-solar-wind"
    assert tallies(SwpcSolarWindMag(), samples, folder) == {
        "mag-7-day_a.json": (39108, 0),
        "mag-7-day_b.json": (39432, 0),
        "rtsw_mag_1m.json": (11400, 0),
    }
    assert tallies(SwpcSolarWindPlasma(), samples, folder) == {
        "plasma-1-day_2026-03.json": (4217, 0),
        "plasma-7-day_2024.json": (28494, 0),
        "plasma-7-day_a.json": (28992, 0),
        "plasma-7-day_b.json": (29267, 0),
    }
    assert list(tallies(SwpcSolarWindSummary(), samples, folder).values()) == [(2, 0), (1, 0)]


def test_interleaved_spacecraft_are_told_apart(samples: Path) -> None:
    found = measure(SwpcSolarWindMag(), dict(recorded(samples, "swpc-solar-wind"))["rtsw_mag_1m.json"])
    strength = "interplanetary_magnetic_field_strength"
    assert found.value(strength, "swpc/rtsw-ace", "2024-04-24T23:35") == 3.5
    assert found.value(strength, "swpc/rtsw-dscovr", "2024-04-24T23:35") == 3.85
