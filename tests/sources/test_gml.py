"""NOAA GML: trends of greenhouse gases."""

from __future__ import annotations

from pathlib import Path

import pytest
from recordings import measure, recorded, tallies

from terraloom.sources import source
from terraloom.sources.climate.gml_co2_daily import GmlCo2Daily
from terraloom.sources.climate.gml_co2_monthly import GmlCo2Monthly

DAILY, MONTHLY = GmlCo2Daily(), GmlCo2Monthly()
DAYS = b"# NOTE: PRELIMINARY\n# (yr, mon, day, decimal)    (ppm)\n  1974   5  19  1974.3781    333.46\n"
MONTHS = b"""year,month,decimal date,average,deseasonalized,ndays,sdev,unc
1958,3,1958.2027,315.70,-99.99,-1,-9.99,-0.99
"""
REPACKED = b"""Date,Decimal Date,Average,Interpolated,Trend,Number of Days
1958-03,1958.2027,315.71,314.44,-01,-9.99,-0.99
"""
GLOBAL = b"""# Data
year,month,decimal,average,average_unc,trend,trend_unc
1983,7,1983.542,1625.9,2.4,1634.9,1.4
1983,8,1983.625,-9.99,-9.99,1635.5,1.3
"""


def test_a_day_has_its_mean_at_the_station() -> None:
    found = measure(DAILY, DAYS)
    assert found.value("mole_fraction_of_carbon_dioxide_in_air", "noaa-gml/mlo", "1974-05-19") == 333.46
    assert found.stations["noaa-gml/mlo"].elevation_m == 3397.0


def test_a_month_has_no_value_where_it_is_missing() -> None:
    found = measure(MONTHLY, MONTHS)
    assert [(one.metric, one.value) for one in found.values] == [("carbon_dioxide_monthly_mean", 315.70)]


def test_what_is_repackaged_is_read_for_what_it_is() -> None:
    found = measure(MONTHLY, REPACKED)
    assert found.value("carbon_dioxide_trend", "noaa-gml/mlo", "1958-03-01") == 314.44
    assert len(found.values) == 2


@pytest.mark.parametrize(
    ("thing", "gas"),
    [
        ("methane", "methane"),
        ("nitrous-oxide", "nitrous_oxide"),
        ("sulfur-hexafluoride", "sulfur_hexafluoride"),
        ("co2-global", "carbon_dioxide"),
    ],
)
def test_a_global_mean_is_of_the_planet(thing: str, gas: str) -> None:
    found = measure(source(f"gml-{thing}"), GLOBAL)
    assert found.rejects == []
    assert found.value(f"{gas}_trend", "noaa-gml/global", "1983-08-01") == 1635.5
    assert [one.value for one in found.values] == [1625.9, 1634.9, 1635.5]


def test_the_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(DAILY, samples, "noaa-co2") == {
        "co2_daily_mlo_2024-05.txt": (15375, 0),
        "co2_daily_mlo_2026-01.txt": (15807, 0),
    }
    assert tallies(MONTHLY, samples, "noaa-co2") == {
        "co2-mm-mlo_2026-08_datasets.csv": (1640, 0),
        "co2_mm_mlo_2023-12.csv": (1578, 0),
    }
    newest = dict(recorded(samples, "noaa-co2"))["co2-mm-mlo_2026-08_datasets.csv"]
    assert (
        measure(MONTHLY, newest).value("carbon_dioxide_monthly_mean", "noaa-gml/mlo", "2026-06-01") == 431.44
    )
