"""OpenAQ: monitors near cities, in the units of each; and what was kept of its first version."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from recordings import measure, payload, recorded, tallies
from upstreams import NOW, Upstream, fetch_into

from terraloom.errors import FetchError
from terraloom.records import Payload
from terraloom.sources import source
from terraloom.sources.air.openaq_air_quality import NEAR, SENSORS
from terraloom.sources.weather.open_meteo import CITIES

V3, V1 = source("openaq-air-quality"), source("openaq-v1-air-quality")


def answer(*results: dict[str, Any]) -> bytes:
    return json.dumps({"meta": {"name": "openaq-api"}, "results": results}).encode()


def sensor(number: int, name: str, units: str, value: float | None) -> dict[str, Any]:
    latest = {"datetime": {"utc": "2026-08-26T21:00:00Z"}, "value": value, "coordinates": None}
    return {"id": number, "parameter": {"id": 1, "name": name, "units": units}, "latest": latest}


def location(number: int, days: float, *, mobile: bool = False) -> dict[str, Any]:
    last = {"utc": (NOW - timedelta(days=days)).isoformat()}
    place = {"latitude": 35.7, "longitude": 139.7}
    return {
        "id": number,
        "name": f"Monitor {number}",
        "isMobile": mobile,
        "sensors": [],
        "coordinates": place,
        "datetimeLast": last,
    }


def test_a_gas_is_kept_by_mass_or_by_moles_as_its_agency_measures_it() -> None:
    body = answer(sensor(1, "o3", "ppm", 0.059), sensor(2, "o3", "µg/m³", 80.0), sensor(3, "um010", "c", 7))
    found = measure(V3, payload(body, url=SENSORS.format(location=2178)))
    at = ("openaq/2178", "2026-08-26T21:00")
    assert found.value("mole_fraction_of_ozone_in_air", *at) == pytest.approx(59.0)
    assert found.value("mass_concentration_of_ozone_in_air", *at) == 80.0
    assert (len(found.values), found.rejects) == (2, [])


def test_a_second_instrument_for_the_same_is_a_station_of_its_own() -> None:
    body = answer(sensor(1, "pm25", "µg/m³", 4.1), sensor(2, "pm25", "µg/m³", 5.0))
    found = measure(V3, payload(body, url=SENSORS.format(location=2178)))
    assert [one.station for one in found.values] == ["openaq/2178", "openaq/sensor-2"]


def test_markers_of_no_value_give_none_and_words_are_rejected() -> None:
    body = answer(sensor(1, "pm10", "µg/m³", -999), sensor(2, "so2", "ppb", None))
    assert measure(V3, body).values == []
    found = measure(V3, answer({**sensor(3, "co", "ppb", 1), "latest": {"value": 3}}, {"id": 7}))
    assert [one.where for one in found.rejects] == ["record 0", "record 1"]


async def test_the_locations_of_each_city_that_reported_last_are_asked_for_their_sensors() -> None:
    first = NEAR.format(lat=CITIES[0][3], lon=CITIES[0][2])
    near = [
        location(1, 9.0),
        location(2, 0.5),
        location(3, 0.1),
        location(4, 0.2),
        location(5, 0, mobile=True),
    ]
    failing = NEAR.format(lat=CITIES[1][3], lon=CITIES[1][2])
    upstream = Upstream(
        {first: answer(*near), failing: None, SENSORS.format(location=3): answer(sensor(9, "co", "ppb", 1.0))}
    )
    received: list[Payload] = []
    with pytest.raises(FetchError):
        await fetch_into(received, V3, upstream)
    assert upstream.asked[1:3] == [SENSORS.format(location=3), SENSORS.format(location=4)]
    assert len(upstream.asked) == len(CITIES) + 2
    assert [one.kind for one in received] == ["locations", "feed"]


def test_recorded_answers_of_version_3_are_read_whole(samples: Path) -> None:
    assert tallies(V3, samples, "openaq") == {"locations.json": (0, 0), "sensors.json": (8, 0)}
    bodies = dict(recorded(samples, "openaq"))
    assert measure(V3, bodies["locations.json"]).stations["openaq/2178"].title == "Del Norte"
    asked = payload(
        bodies["measurements.json"].body, url="https://api.openaq.org/v3/sensors/3920/measurements"
    )
    assert V3.recognises(asked)
    at = ("openaq/sensor-3920", "2023-10-16T13:00")
    assert (
        measure(V3, asked).value("mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air", *at) == 7.5
    )


def test_recorded_answers_of_version_1_are_read_whole(samples: Path) -> None:
    found = tallies(V1, samples, "openaq-v1")
    assert sum(values for values, _ in found.values()) == 330 + 4 * 2
    assert sum(rejects for _, rejects in found.values()) == 0
    latest = dict(recorded(samples, "openaq-v1"))["aq_latest_page1_limit100.yml[0]"]
    station = "openaq/v1/BE/Flanders/42N054 - WALSHOUTEM"
    assert (
        measure(V1, latest).value("mass_concentration_of_ozone_in_air", station, "2017-07-20T22:00") == 38.0
    )
    assert measure(V1, latest).stations[station].lat == 50.711704
