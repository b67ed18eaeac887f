"""USGS: discharge and stage of rivers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from recordings import measure, payload

from terraloom.records import Quality
from terraloom.sources import source

NOW, DAILY = source("usgs-rivers"), source("usgs-rivers-daily")


def series(
    code: str, unit: str, readings: list[dict[str, Any]], *, statistic: str = "00000"
) -> dict[str, Any]:
    return {
        "sourceInfo": {
            "siteName": "VERMILION RIVER NEAR DANVILLE, IL",
            "siteCode": [{"value": "03339000", "network": "NWIS", "agencyCode": "USGS"}],
            "timeZoneInfo": {"defaultTimeZone": {"zoneOffset": "-06:00", "zoneAbbreviation": "CST"}},
            "geoLocation": {"geogLocation": {"srs": "EPSG:4326", "latitude": 40.1, "longitude": -87.6}},
        },
        "variable": {
            "variableCode": [{"value": code}],
            "unit": {"unitCode": unit},
            "options": {"option": [{"name": "Statistic", "optionCode": statistic}]},
            "noDataValue": -999999.0,
        },
        "values": [{"value": []}, {"value": readings}, {"value": readings[:1]}],
    }


def reading(value: str, time: str, *qualifiers: str) -> dict[str, Any]:
    return {"value": value, "qualifiers": list(qualifiers), "dateTime": time}


def answer(*found: dict[str, Any]) -> bytes:
    return json.dumps({"name": "ns1:timeSeriesResponseType", "value": {"timeSeries": list(found)}}).encode()


FLOW = series(
    "00060",
    "ft3/s",
    [
        reading("100", "2026-08-24T10:15:00.000-05:00", "P"),
        reading("-999999", "2026-08-24T10:30:00.000-05:00", "P", "Ice"),
        reading("120", "2026-08-24T10:45:00.000-05:00", "P", "Eqp"),
        reading("low", "2026-08-24T11:00:00.000-05:00", "P"),
    ],
)


def test_discharge_is_metric_and_utc_and_doubted_where_the_equipment_failed() -> None:
    found = measure(NOW, answer(FLOW, series("00065", "ft", [reading("4.51", "2026-08-24T10:15:00.000Z")])))
    discharge = found.value("water_volume_transport_in_river_channel", "usgs/03339000", "2026-08-24T15:15")
    assert discharge == pytest.approx(2.83168466)
    assert found.value("river_stage", "usgs/03339000", "2026-08-24T10:15") == pytest.approx(1.374648)
    assert [one.quality for one in found.values] == [Quality.GOOD, Quality.SUSPECT, Quality.GOOD]
    assert ["value: got 'low'" in one.reason for one in found.rejects] == [True]


def test_a_day_begins_in_the_zone_of_its_gauge() -> None:
    days = series("00060", "ft3/s", [reading("133", "2026-08-10T00:00:00.000", "A")], statistic="00003")
    found = measure(DAILY, answer(days))
    assert found.value("river_discharge_daily_mean", "usgs/03339000", "2026-08-10T06:00") is not None
    assert (found.stations["usgs/03339000"].lon, len(found.values)) == (-87.6, 1)
    assert [one.recognises(payload(answer(days))) for one in (DAILY, NOW)] == [True, False]


def test_an_unknown_unit_costs_its_series() -> None:
    found = measure(NOW, answer(series("00060", "m3/s", [reading("1", "2026-08-24T10:15:00.000Z")]), FLOW))
    assert [("unitCode" in one.reason, "low" in one.reason) for one in found.rejects] == [
        (True, False),
        (False, True),
    ]
    assert len(found.values) == 2
