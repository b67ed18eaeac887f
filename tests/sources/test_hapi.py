"""HAPI's own ways of writing: times, fills, vectors, units."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from recordings import measure

from terraloom.errors import RecordError
from terraloom.records import Quality
from terraloom.sources import source
from terraloom.sources.hapi import duration, isotime

TIMES = {
    "1997-09-02T00:00:12.500Z": datetime(1997, 9, 2, 0, 0, 12, 500_000, UTC),
    "1981-09-16T02:19Z": datetime(1981, 9, 16, 2, 19, tzinfo=UTC),
    "1970-01-01Z": datetime(1970, 1, 1, tzinfo=UTC),
    "1997-245T06Z": datetime(1997, 9, 2, 6, tzinfo=UTC),
    "2004-366": datetime(2004, 12, 31, tzinfo=UTC),
    "2016-12-31T23:59:60Z": datetime(2017, 1, 1, tzinfo=UTC),
}


@pytest.mark.parametrize("text", TIMES)
def test_a_time_may_lack_what_it_can(text: str):
    assert isotime(text) == TIMES[text]


@pytest.mark.parametrize("text", ["", "1997-13-01Z", "yesterday", "1997-09-02T25:00Z"])
def test_what_is_no_time_says_so(text: str):
    with pytest.raises(RecordError, match="Time: got"):
        isotime(text)


def test_a_cadence_is_a_duration():
    assert [duration(text) for text in ("PT1H", "PT0.5S", "P1DT12H", "", "PT")] == [
        timedelta(hours=1),
        timedelta(seconds=0.5),
        timedelta(hours=36),
        None,
        None,
    ]


TIME = {"name": "Time", "type": "isotime", "units": "UTC", "length": 20, "fill": None}


def body(rows: str, *parameters: dict) -> str:
    header = {"HAPI": "3.0", "status": {"code": 1200, "message": "OK"}, "parameters": [TIME, *parameters]}
    return f"#{json.dumps(header)}\n{rows}"


def test_a_fill_of_single_precision_is_no_value():
    speed = {"name": "V1800", "type": "double", "units": "Km/s", "fill": "9999."}
    field = {"name": "BZ_GSM1800", "type": "double", "units": "nT", "fill": "999.9"}
    rows = "1963-01-01T00:00Z,9999.0000,-3.25\n1963-01-01T01:00Z,412,999.90002\n"
    found = measure(source("omni-hourly"), body(rows, speed, field))
    assert [(one.metric, one.value) for one in found.values] == [
        ("interplanetary_magnetic_field_z", -3.25),
        ("solar_wind_speed", 412.0),
    ]


def test_each_number_of_a_vector_is_a_series_in_the_unit_it_has():
    state = {
        "name": "r",
        "type": "double",
        "size": [2, 2],
        "fill": "nan",
        "units": ["km", "Deg K", "Per cc", "Jy"],
    }
    found = measure(source("hapi-datasets"), body("2001-01-01Z,1,2,3,NaN\n2001-01-02Z,1,2,3,4\n", state))
    assert [one.station.rpartition("/")[2] for one in found.values][:3] == ["r[0,0]", "r[0,1]", "r[1,0]"]
    assert [one.metric for one in found.values][-4:] == [
        "dataset_length",
        "dataset_temperature",
        "dataset_number_density",
        "dataset_number",
    ]
    assert found.values[-1].quality is Quality.WRONG_UNIT


def test_bins_that_change_with_time_are_no_values():
    centres = {"name": "e", "type": "double", "size": [2], "units": "eV", "fill": None}
    flux = centres | {"name": "flux", "units": "1", "bins": [{"name": "energy", "centers": "e"}]}
    found = measure(source("hapi-datasets"), body("2001-01-01Z,7,8,100,200\n", flux, centres))
    assert [one.value for one in found.values] == [7.0, 8.0]


def test_a_short_record_costs_only_itself():
    x = {"name": "x", "type": "double", "units": "nT", "fill": None}
    found = measure(source("hapi-datasets"), body("2001-01-01Z\n2001-01-02Z,5\n2001-01-03Z,five\n", x))
    assert [one.value for one in found.values] == [5.0]
    assert [reject.reason for reject in found.rejects] == [
        "record: got 1, expected 2 columns, as the header says",
        "x: got 'five', expected a number",
    ]
