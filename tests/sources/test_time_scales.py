"""The clocks of astronomy against published pairs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from terraloom.errors import RecordError
from terraloom.sources.astronomy.time_scales import utc_of_gps, utc_of_julian_date, utc_of_tdb


def test_gps_time_of_the_first_gravitational_wave_is_as_published() -> None:
    assert utc_of_gps("GPS", 1126259462.4) == datetime(2015, 9, 14, 9, 50, 45, 400_000, tzinfo=UTC)


def test_gps_time_was_utc_when_it_began() -> None:
    assert utc_of_gps("GPS", 0) == datetime(1980, 1, 6, tzinfo=UTC)


def test_a_leap_second_is_counted_from_its_end() -> None:
    before, after = utc_of_gps("GPS", 1167264016), utc_of_gps("GPS", 1167264018)
    assert (before, after) == (
        datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2017, 1, 1, 0, 0, 0, tzinfo=UTC),
    )


def test_tdb_is_69_184_s_ahead_in_2022_as_horizons_states() -> None:
    behind = utc_of_julian_date("jd", "2459740.5") - utc_of_tdb("jd", "2459740.5")
    assert behind.total_seconds() == pytest.approx(69.184, abs=0.002)


@pytest.mark.parametrize("value", [1e9, -1e9, "soon", None, 1e300])
def test_a_date_outside_the_calendar_is_refused(value: object) -> None:
    with pytest.raises(RecordError, match="jd"):
        utc_of_tdb("jd", value)
