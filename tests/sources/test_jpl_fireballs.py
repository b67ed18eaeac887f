from __future__ import annotations

from pathlib import Path

import pytest
from recordings import measure, payload, recorded, tallies

from terraloom.sources.astronomy.jpl_fireballs import JplFireballs

SOURCE = JplFireballs()
ANSWER = """{"signature":{"source":"NASA/JPL Fireball Data API","version":"1.0"},"count":"2",
"fields":["date","energy","impact-e","lat","lat-dir","lon","lon-dir","alt","vel","vx","vy","vz"],
"data":[["2026-02-01 04:05:06","2.5","0.1","14.9","S","66.2","W","25.0","14.9","-3.0","9.5","11.0"],
["2026-01-02 03:04:05","6.0","0.19",null,null,null,null,null,null,null,null,null]]}"""
EXPORT = """"Peak Brightness Date/Time (UT)","Latitude (deg.)","Longitude (deg.)","Altitude (km)",\
"Velocity (km/s)","vx","vy","vz","Total Radiated Energy (J)","Calculated Total Impact Energy (kt)"
"2026-02-01 04:05:06","14.9S","66.2W","25.0","14.9","-3.0","9.5","11.0","2.5e10","0.1"
"2026-01-02 03:04:05","","","","","","","","6.0e10","0.19"
"""


def test_the_answer_and_the_exported_table_say_the_same() -> None:
    answered, exported = measure(SOURCE, ANSWER), measure(SOURCE, EXPORT)
    assert SOURCE.recognises(payload(ANSWER))
    assert SOURCE.recognises(payload(EXPORT))
    assert len(answered.values) == 9
    assert not answered.rejects
    told = [sorted((x.metric, x.time, x.value, x.lon, x.lat) for x in answered.values if x.lon)]
    assert told == [sorted((x.metric, x.time, x.value, x.lon, x.lat) for x in exported.values if x.lon)]


def test_energies_are_in_joules_and_the_place_is_the_fireballs() -> None:
    found = measure(SOURCE, ANSWER)
    first = found.values[0]
    assert (first.lon, first.lat) == (-66.2, -14.9)
    at = ("jpl/fireballs", "2026-02-01T04:05:06")
    assert found.value("fireball_radiated_energy", *at) == pytest.approx(2.5e10)
    assert found.value("fireball_impact_energy", *at) == pytest.approx(0.4184)  # TJ
    assert found.value("fireball_velocity_y", *at) == 9.5


def test_a_fireball_without_a_place_still_has_its_energy() -> None:
    found = [x for x in measure(SOURCE, ANSWER).values if x.lon is None]
    assert [x.metric for x in found] == ["fireball_radiated_energy", "fireball_impact_energy"]


def test_a_place_without_its_side_is_refused() -> None:
    found = measure(SOURCE, EXPORT.replace("14.9S", "14.9"))
    assert len(found.values) == 2
    assert ["degrees and one of NS" in one.reason for one in found.rejects] == [True]


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "jpl-fireball") == {
        "cneos_fireball_data_2025-01.csv": (3813, 0),
        "fireball_api_5_events_2021.json": (20, 0),
    }
    [chelyabinsk] = [body for name, body in recorded(samples, "jpl-fireball") if name.endswith(".csv")]
    energy = measure(SOURCE, chelyabinsk).value(
        "fireball_impact_energy", "jpl/fireballs", "2013-02-15T03:20:33"
    )
    assert energy == pytest.approx(440 * 4.184)
