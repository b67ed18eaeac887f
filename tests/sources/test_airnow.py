"""AirNow's index: one entry for each pollutant, in local time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recordings import measure, recorded, tallies
from upstreams import NOW

from terraloom.errors import RecordError
from terraloom.sources import source
from terraloom.sources.air.airnow_current import local

SOURCE = source("airnow-current")
ENTRY = {
    "dateObserved": "2026-07-29",
    "hourObserved": "14:00",
    "localTimeZone": "PDT",
    "siteID": "060750005",
    "siteName": "San Francisco",
    "parameterName": "PM2.5",
    "nowcastAQI": 31,
}


def test_local_time_becomes_utc_and_each_pollutant_its_own_metric() -> None:
    found = measure(SOURCE, json.dumps([ENTRY, ENTRY | {"parameterName": "OZONE", "nowcastAQI": 44}]))
    assert found.stations["airnow/060750005"].title == "San Francisco"
    assert found.value("us_air_quality_index_pm2p5", "airnow/060750005", "2026-07-29T21:00") == 31.0
    assert found.value("us_air_quality_index_ozone", "airnow/060750005", "2026-07-29T21:00") == 44.0


def test_a_zone_that_may_be_two_is_refused() -> None:
    assert local("2026-01-01 00:00 HST").isoformat() == "2026-01-01T10:00:00+00:00"
    with pytest.raises(RecordError, match="ADT"):
        local("2026-01-01 00:00 ADT")


def test_an_error_of_the_service_is_rejected() -> None:
    found = measure(SOURCE, b'{"WebServiceError": [{"Message": "Invalid API key"}]}')
    assert (found.values, len(found.rejects)) == ([], 1)


def test_every_city_is_asked_for() -> None:
    assert len(set(SOURCE.addresses(NOW))) == 14


def test_the_recording_is_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "airnow") == {"observations_ha-fixture.json": (3, 0)}
    fixture = dict(recorded(samples, "airnow"))["observations_ha-fixture.json"]
    at = ("airnow/060371103", "2020-12-20T23:00")
    assert measure(SOURCE, fixture).value("us_air_quality_index_ozone", *at) == 44.0
