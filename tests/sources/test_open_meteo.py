"""Weather and air quality of Open-Meteo: columns, local times, and nothing of the future."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recordings import measure, payload, recorded, tallies

from terraloom.records import Reject
from terraloom.sources import source

WEATHER, AIR = source("open-meteo-weather"), source("open-meteo-air-quality")


def place(**more: Any) -> dict[str, Any]:
    hourly = {
        "time": ["2026-03-05T20:00", "2026-03-05T21:00", "2026-03-05T22:00"],
        "temperature_2m": [50.0, 32.0, 14.0],
        "precipitation": [1.0, None, 2.0],
    }
    return {
        "latitude": 40.71,
        "longitude": -74.01,
        "generationtime_ms": 0.7,
        "utc_offset_seconds": -18000,
        "current": {"time": "2026-03-05T21:15", "interval": 900},
        "hourly_units": {"time": "iso8601", "temperature_2m": "°F", "precipitation": "inch"},
        "hourly": hourly,
    } | more


def test_what_lies_before_the_answers_own_clock_is_observed_in_metric_units() -> None:
    found = measure(WEATHER, json.dumps(place()))
    at = "open-meteo/new-york"
    assert found.value("air_temperature", at, "2026-03-06T01:00") == pytest.approx(10.0)
    assert found.value("air_temperature", at, "2026-03-06T02:00") == pytest.approx(0.0)
    assert len(found.values) == 3  # 22:00 is a forecast, one sum is null


def test_a_sum_of_the_hour_before_stands_at_the_hours_beginning() -> None:
    found = measure(WEATHER, json.dumps(place()))
    [sum_] = [one for one in found.values if one.metric == "lwe_thickness_of_precipitation_amount"]
    assert (sum_.time.isoformat(), sum_.value) == ("2026-03-06T00:00:00+00:00", pytest.approx(25.4))


def test_days_count_when_they_are_over() -> None:
    daily = {"time": ["2026-03-04", "2026-03-05"], "temperature_2m_max": [1.5, 2.5]}
    found = measure(WEATHER, json.dumps(place(hourly={}, daily=daily, daily_units={})))
    assert [(one.time.isoformat(), one.value) for one in found.values] == [("2026-03-04T05:00:00+00:00", 1.5)]


def test_several_places_are_a_list_and_a_broken_one_costs_only_itself() -> None:
    elsewhere = place(latitude=-37.75, longitude=144.875, utc_offset_seconds=0)
    found = measure(WEATHER, json.dumps([place(), {"reason": "no data"}, elsewhere]))
    assert set(found.stations) == {"open-meteo/new-york", "open-meteo/-37.750,144.875"}
    assert [one.where for one in found.rejects] == ["place 1"]


def test_air_quality_is_asked_of_all_cities_in_one_request() -> None:
    columns = {"time": ["2026-03-05T20:00"], "pm2_5": [12.5], "birch_pollen": [None]}
    units = {"pm2_5": "μg/m³", "birch_pollen": "grains/m³"}
    found = measure(AIR, json.dumps([place(hourly=columns, hourly_units=units)]))
    assert [(one.metric[:24], one.value, one.unit) for one in found.values] == [
        ("mass_concentration_of_pm", 12.5, "ug/m3")
    ]
    assert AIR.info.url.count(",") > 2 * 23


def test_the_feeds_tell_their_answers_apart() -> None:
    other = place(hourly={"time": [], "pm10": []}, hourly_units={})
    weather, air = payload(json.dumps(place())), payload(json.dumps(other))
    assert [WEATHER.recognises(one) for one in (weather, air)] == [True, False]
    assert [AIR.recognises(one) for one in (weather, air)] == [False, True]


def test_recordings_are_read_up_to_their_clock(samples: Path) -> None:
    assert tallies(WEATHER, samples, "open-meteo") == {
        "melbourne_open_meteo_daily_forecast.json": (21, 0),  # no clock: received after its week
        "melbourne_open_meteo_hourly_forecast.json": (96, 0),
        "new-jersey_open_meteo_forecast.json": (191, 0),
        "open_meteo_forecast.json": (279, 0),
    }
    toronto = dict(recorded(samples, "open-meteo"))["open_meteo_forecast.json"]
    value = measure(WEATHER, toronto).value(
        "air_temperature", "open-meteo/43.705,-79.405", "2026-03-06T02:00"
    )
    assert value == pytest.approx((32.6 - 32) / 1.8)


def test_an_answer_that_was_cut_off_gives_what_came(samples: Path) -> None:
    toronto = dict(recorded(samples, "open-meteo"))["open_meteo_forecast.json"]
    found = list(WEATHER.parse(payload(toronto.body[:9000])))
    assert len(found) > 20
    assert isinstance(found[-1], Reject)
