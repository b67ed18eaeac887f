"""NOAA NDBC: latest observations of buoys."""

from __future__ import annotations

import pytest
from recordings import measure, payload

from terraloom.sources.ocean.ndbc_latest import NdbcLatest

SOURCE = NdbcLatest()
NAMES = (
    "#STN       LAT      LON  YYYY MM DD hh mm WDIR WSPD   GST WVHT  DPD APD MWD   PRES  PTDY  ATMP  WTMP"
    "  DEWP  VIS   TIDE\n"
    "#text      deg      deg   yr mo day hr mn degT  m/s   m/s   m   sec sec degT   hPa   hPa  degC  degC"
    "  degC  nmi     ft\n"
)
BODY = (
    NAMES + "41049    27.490  -62.938 2026 08 21 23 00  90   6.0   8.0  1.3   8 5.4  85 1018.2  +0.4  28.3"
    "  29.1  24.0   MM     MM\n"
    "BOBF1    25.358  -80.318 2026 08 21 22 54  MM    MM    MM   MM  MM  MM  MM 1016.1    MM  29.4    MM"
    "    MM  5.0   1.50\n"
)


def test_a_buoy_has_what_it_measures_where_it_is() -> None:
    found = measure(SOURCE, BODY)
    assert len([one for one in found.values if one.station == "ndbc/41049"]) == 11
    assert found.value("sea_surface_wave_significant_height", "ndbc/41049", "2026-08-21T23:00") == 1.3
    assert (found.stations["ndbc/41049"].lon, found.stations["ndbc/41049"].lat) == (-62.938, 27.490)
    assert found.rejects == []


def test_miles_and_feet_are_converted_and_missing_values_are_none() -> None:
    coast = {one.metric: one.value for one in measure(SOURCE, BODY).values if one.station == "ndbc/BOBF1"}
    assert coast == pytest.approx(
        {
            "air_pressure_at_mean_sea_level": 1016.1,
            "air_temperature": 29.4,
            "visibility_in_air": 9.26,
            "water_surface_height_above_reference_datum": 0.4572,
        }
    )


def test_an_edition_with_fewer_columns_is_read_by_its_names() -> None:
    short = (
        b"#STN LAT LON YYYY MM DD hh mm WSPD ATMP\n"
        b"#text deg deg yr mo day hr mn m/s degC\n"
        b"45007 42.67 -87.03 2026 08 21 23 10 3.0 20.5\n"
    )
    assert SOURCE.recognises(payload(short))
    assert {one.metric: one.value for one in measure(SOURCE, short).values} == {
        "wind_speed": 3.0,
        "air_temperature": 20.5,
    }
