"""METARs of the Aviation Weather Center, hand-written by the public description."""

from __future__ import annotations

import json

from recordings import measure

from terraloom.sources import source

REPORT = {
    "icaoId": "LEMD",
    "obsTime": 1798718400,
    "temp": 22,
    "dewp": 13,
    "wdir": 240,
    "wspd": 10,
    "wgst": None,
    "visib": "10+",
    "altim": 1015,
    "lat": 40.47,
    "lon": -3.56,
    "name": "Madrid/Barajas, MD, ES",
}


def test_a_report_gives_its_values_in_metric_units() -> None:
    found = measure(source("awc-metar"), json.dumps([REPORT]))
    assert (found.stations["awc/LEMD"].title, found.stations["awc/LEMD"].lon) == (
        "Madrid/Barajas, MD, ES",
        -3.56,
    )
    assert found.value("wind_speed", "awc/LEMD", "2026-12-31T12:00") == 10 * 1852 / 3600
    assert found.value("altimeter_setting", "awc/LEMD", "2026-12-31T12:00") == 1015.0
    assert {one.metric for one in found.values} >= {"air_temperature", "wind_from_direction"}


def test_a_variable_wind_has_no_direction_and_a_bound_is_no_visibility() -> None:
    calm = REPORT | {"wdir": "VRB", "wspd": 2}
    found = measure(source("awc-metar"), json.dumps([calm, REPORT | {"icaoId": "KDEN", "visib": 0.5}]))
    assert found.rejects == []
    assert [one.value for one in found.values if one.metric == "wind_from_direction"] == [240.0]
    assert [one.value for one in found.values if one.metric == "visibility_in_air"] == [0.804672]


def test_one_request_asks_for_all_airports() -> None:
    assert source("awc-metar").info.url.count(",") >= 49
