"""Observations of the US National Weather Service: units by code, quality, sums of the hour before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recordings import measure, recorded, tallies
from upstreams import NOW

from terraloom.records import Quality
from terraloom.sources import source

SOURCE = source("nws-observations")


def observation(**values: Any) -> str:
    properties = {
        "@type": "wx:ObservationStation",
        "station": "https://api.weather.gov/stations/KFLL",
        "timestamp": "2026-03-02T23:53:00+00:00",
        "textDescription": "Clear",
        "elevation": {"unitCode": "wmoUnit:m", "value": 3},
    }
    point = {"type": "Point", "coordinates": [-80.15, 26.07]}
    return json.dumps({"type": "Feature", "geometry": point, "properties": properties | values})


def quantity(value: float | None, code: str, quality: str = "V") -> dict[str, Any]:
    return {"value": value, "unitCode": code, "qualityControl": quality}


def test_values_are_converted_by_the_unit_that_each_states() -> None:
    new = observation(windSpeed=quantity(36.0, "wmoUnit:km_h-1"), visibility=quantity(16_090, "wmoUnit:m"))
    old = observation(windSpeed=quantity(10.0, "unit:m_s-1", "qc:V"))
    at = ("nws/KFLL", "2026-03-02T23:53")
    assert measure(SOURCE, new).value("wind_speed", *at) == pytest.approx(10.0)
    assert measure(SOURCE, new).value("visibility_in_air", *at) == pytest.approx(16.09)
    assert measure(SOURCE, old).value("wind_speed", *at) == 10.0


def test_what_quality_control_refuses_is_suspect_and_null_is_nothing() -> None:
    found = measure(
        SOURCE,
        observation(
            temperature=quantity(22.8, "wmoUnit:degC", "X"),
            dewpoint=quantity(18.3, "wmoUnit:degC", "Z"),
            windGust=quantity(None, "wmoUnit:km_h-1", "Z"),
            heatIndex=quantity(25.0, "wmoUnit:degC"),
        ),
    )
    assert {one.metric: one.quality for one in found.values} == {
        "air_temperature": Quality.SUSPECT,
        "dew_point_temperature": Quality.GOOD,
    }


def test_rain_of_the_last_hour_stands_at_its_beginning() -> None:
    found = measure(SOURCE, observation(precipitationLastHour=quantity(0.0127, "wmoUnit:m")))
    [rain] = found.values
    assert (rain.time.isoformat(), rain.value) == ("2026-03-02T22:53:00+00:00", pytest.approx(12.7))


def test_each_station_has_a_request_of_its_own() -> None:
    assert len(set(SOURCE.addresses(NOW))) == 13


def test_recordings_of_both_forms_are_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "nws-api") == {
        "stations_observations_latest.json": (8, 0),
        "stations_observations_metar.json": (0, 0),  # all null, but for the raw message
    }
    latest = dict(recorded(samples, "nws-api"))["stations_observations_latest.json"]
    found = measure(SOURCE, latest)
    assert found.value("air_pressure_at_mean_sea_level", "nws/KFLL", "2022-03-02T23:53") == pytest.approx(
        1018.7
    )
    assert found.stations["nws/KFLL"].elevation_m == 3.0
