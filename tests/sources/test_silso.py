from __future__ import annotations

from pathlib import Path

from recordings import measure, payload, recorded, tallies

from terraloom.sources.space_weather.silso_sunspots_daily import SilsoSunspotsDaily
from terraloom.sources.space_weather.silso_sunspots_monthly import SilsoSunspotsMonthly

DAYS = "1818;01;07;1818.018;  -1; -1.0;   0;1\n1818;01;08;1818.021;  65; 10.2;   1;1\n"
MONTHS = "1749;01;1749.042;  96.7; -1.0;   -1;1\n2026;10;2026.790; 104.3;  9.1; 1065;0\n"


def test_a_day_without_observers_has_no_value() -> None:
    found = measure(SilsoSunspotsDaily(), DAYS)
    assert [x.value for x in found.values] == [65]
    assert found.value("sunspot_number", "silso/sun", "1818-01-08") == 65


def test_a_month_is_another_metric_at_its_beginning() -> None:
    found = measure(SilsoSunspotsMonthly(), MONTHS)
    assert found.value("sunspot_number_monthly", "silso/sun", "2026-10-01") == 104.3
    assert len(found.values) == 2


def test_lists_are_told_apart_by_their_columns() -> None:
    assert SilsoSunspotsDaily().recognises(payload(DAYS))
    assert not SilsoSunspotsDaily().recognises(payload(MONTHS))
    assert not SilsoSunspotsMonthly().recognises(payload(DAYS))


def test_recordings_are_read_whole(samples: Path) -> None:
    folder = "sunspots-silso"
    assert tallies(SilsoSunspotsMonthly(), samples, folder) == {"SN_m_tot_V2.0_2021-01.csv": (3257, 0)}
    assert tallies(SilsoSunspotsDaily(), samples, folder) == {"SN_d_tot_V2.0_2022-05.csv": (71353, 0)}
    days = measure(SilsoSunspotsDaily(), dict(recorded(samples, folder))["SN_d_tot_V2.0_2022-05.csv"])
    assert max((x.value or 0, f"{x.time:%Y-%m-%d}") for x in days.values) == (528, "1870-08-26")
