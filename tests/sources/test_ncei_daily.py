"""NOAA NCEI: daily summaries, from the service and from station files."""

from __future__ import annotations

from pathlib import Path

import pytest
from recordings import measure, payload, recorded, tallies
from upstreams import NOW

from terraloom.records import Quality
from terraloom.sources.climate.ncei_daily import NceiDaily

SOURCE = NceiDaily()
CENTRAL_PARK = '"USW00094728","NY CITY CENTRAL PARK, NY US","40.77898","-73.96925","42.7",'
DAYS = (
    '"STATION","NAME","LATITUDE","LONGITUDE","ELEVATION","DATE","PRCP","PRCP_ATTRIBUTES","SNWD",'
    '"SNWD_ATTRIBUTES","TMAX","TMAX_ATTRIBUTES"\n'
    f'{CENTRAL_PARK}"2026-01-02","  1.8",",,W,2400","  30.0",",,W","   5.6",",X,W"\n'
    f'{CENTRAL_PARK}"2026-01-03","","","","","   7.8",",,W"\n'
)
FIXED = "EZE00100082177502TMAX" + "   52  E  -11 IE-9999   " + "-9999   " * 28 + "\n"


def test_a_day_of_the_service_is_in_whole_units_and_doubted_where_a_check_failed() -> None:
    found = measure(SOURCE, DAYS)
    assert found.value("daily_precipitation", "ncei/USW00094728", "2026-01-02") == 1.8
    assert found.value("surface_snow_thickness", "ncei/USW00094728", "2026-01-02") == pytest.approx(3.0)
    maxima = [(one.value, one.quality) for one in found.values if one.metric.startswith("daily_max")]
    assert maxima == [(5.6, Quality.SUSPECT), (7.8, Quality.GOOD)]
    assert found.stations["ncei/USW00094728"].elevation_m == 42.7


def test_a_month_of_a_station_file_is_in_tenths() -> None:
    found = measure(SOURCE, FIXED + FIXED.replace("TMAX", "WT01"))
    assert [(f"{one.time:%Y-%m-%d}", one.value, one.quality) for one in found.values] == [
        ("1775-02-01", 5.2, Quality.GOOD),
        ("1775-02-02", -1.1, Quality.SUSPECT),
    ]
    assert found.rejects == []


def test_a_month_that_cannot_be_read_costs_only_itself() -> None:
    found = measure(SOURCE, FIXED + FIXED.replace("177502", "177513") + FIXED.replace("177502", "177503"))
    assert [(one.where, "month" in one.reason) for one in found.rejects] == [("record 1", True)]
    assert len(found.values) == 4


def test_the_past_two_months_of_all_stations_are_asked_for_at_once() -> None:
    [asked] = SOURCE.addresses(NOW)
    assert "startDate=2026-06-03&endDate=2026-08-02" in asked
    assert "USW00094728" in asked


def test_the_recording_is_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "noaa-ncei") == {"AGE00147704.dly": (27755, 0)}
    found = measure(SOURCE, dict(recorded(samples, "noaa-ncei"))["AGE00147704.dly"])
    assert found.value("daily_precipitation", "ncei/AGE00147704", "1937-12-04") == 26.0
    assert not SOURCE.recognises(payload("AC Antigua and Barbuda \n"))
