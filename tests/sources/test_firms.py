"""NASA FIRMS: active fires, summed in cells."""

from __future__ import annotations

import pytest
from recordings import measure, payload

from terraloom.sources import source

VIIRS, MODIS = source("firms-viirs-noaa20"), source("firms-modis")
NAMES = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,"
    "confidence,version,bright_ti5,frp,daynight"
)
ROWS = (
    "-12.1,34.2,330.0,0.4,0.4,2026-05-05,0059,N20,nominal,2.0NRT,300.0,99.0,D",  # in the hour that is cut
    "-12.1,34.2,330.0,0.4,0.4,2026-05-06,1201,N20,nominal,2.0NRT,300.0,12.5,D",
    "-12.9,34.9,330.0,0.4,0.4,2026-05-06,1259,N20,low,2.0NRT,300.0,0.25,D",
    "-12.9,34.9,330.0,0.4,0.4,2026-05-06,1300,N20,high,2.0NRT,300.0,3.0,D",
    "90.0,180.0,330.0,0.4,0.4,2026-05-06,615,N20,high,2.0NRT,300.0,4.0,D",
)
BODY = "\n".join((NAMES, *ROWS)).encode()


def test_detections_of_a_degree_and_an_hour_are_counted_and_summed() -> None:
    found = measure(VIIRS, BODY)
    cell = "firms/viirs-noaa20/-13_34"
    assert found.value("active_fire_detections", cell, "2026-05-06T12:00") == 2
    assert found.value("fire_radiative_power", cell, "2026-05-06T12:00") == 12.75
    assert found.value("fire_radiative_power", cell, "2026-05-06T13:00") == 3.0
    assert (found.stations[cell].lon, found.stations[cell].lat) == (34.5, -12.5)


def test_the_oldest_hour_is_left_out_because_the_window_cuts_it() -> None:
    assert min(one.time.day for one in measure(VIIRS, BODY).values) == 6


def test_the_pole_and_the_date_line_belong_to_the_last_cell_and_hours_need_no_zero() -> None:
    assert measure(VIIRS, BODY).value(
        "active_fire_detections", "firms/viirs-noaa20/89_179", "2026-05-06T06:00"
    )


@pytest.mark.parametrize(
    "row", ["-91.0,34.2", ROWS[1].replace("1201", "2561"), ROWS[1].replace(",12.5,", ",hot,")]
)
def test_a_detection_that_cannot_be_read_costs_only_itself(row: str) -> None:
    found = measure(VIIRS, BODY + b"\n" + row.encode())
    assert [one.where for one in found.rejects] == ["record 5"]
    assert len(found.values) == 6


def test_instruments_are_told_apart_by_their_bands() -> None:
    given = payload(BODY.replace(b"bright_ti4", b"brightness").replace(b"bright_ti5", b"bright_t31"))
    assert [one.recognises(given) for one in (VIIRS, MODIS)] == [False, True]
    assert set(measure(MODIS, given).stations) == {"firms/modis/-13_34", "firms/modis/89_179"}
