"""SWPC's daily lists and forecasts as text."""

from __future__ import annotations

from pathlib import Path

import pytest
from recordings import measure, payload, recorded, tallies

from terraloom.sources.space_weather.goes import xray_flux
from terraloom.sources.space_weather.swpc_27_day_outlook import Swpc27DayOutlook
from terraloom.sources.space_weather.swpc_45_day_forecast import Swpc45DayForecast
from terraloom.sources.space_weather.swpc_daily_geomagnetic import SwpcDailyGeomagnetic
from terraloom.sources.space_weather.swpc_daily_solar import SwpcDailySolar
from terraloom.sources.space_weather.swpc_solar_regions import SwpcSolarRegions

SOLAR = """:Product: Daily Solar Data            DSD.txt
#---
2026 01 02  149     88      660      1    -999   B1.2  17  1  0 12  1  0  0
2026 01 03   -1      0        0      0    -999      *   0  0  0  0  0  0  0
"""
GEOMAGNETIC = """:Product: Daily Geomagnetic Data          DGD.txt
2026 01 02    -1  1 2-1-1-1-1-1-1   2  1 1 1 0 0 0 1 0   5   1.33  2.00  1.33  0.67  0.33  0.33  1.67  1.67
"""
REGIONS = """:Product: 0103SRS.txt
Joint USAF/NOAA Solar Region Summary
SRS Number 3 Issued at 0030Z on 03 Jan 2026
I.  Regions with Sunspots.  Locations Valid at 02/2400Z
Nmbr Location  Lo  Area  Z   LL   NN Mag Type
4001 N06W02   019  0410 Dkc  12   20 Beta-Gamma-Delta
4002 N13E50   327  0040 Hsx  01   01 Alpha
IA. H-alpha Plages without Spots.  Locations Valid at 02/2400Z Jan
"""


def test_a_day_of_the_sun_has_its_flux_at_20_utc() -> None:
    found = measure(SwpcDailySolar(), SOLAR)
    assert not found.rejects
    assert found.value("solar_radio_flux_10_7cm", "swpc/sun", "2026-01-02T20:00") == 149
    assert found.value("solar_xray_background_flux", "swpc/sun", "2026-01-02") == 1.2e-7
    assert found.value("solar_flares_m", "swpc/sun", "2026-01-02") == 1
    assert len(found.values) == 12 + 10


@pytest.mark.parametrize(("text", "flux"), [("X28.1", 2.81e-3), ("A0.0", 0.0), ("*", "*"), ("M", "M")])
def test_a_class_of_x_rays_is_a_flux(text: str, flux: float | str) -> None:
    assert xray_flux(text) == flux


def test_missing_indices_that_run_together_are_none() -> None:
    found = measure(SwpcDailyGeomagnetic(), GEOMAGNETIC)
    assert SwpcDailyGeomagnetic().recognises(payload(GEOMAGNETIC))
    assert found.value("k_index", "swpc/fredericksburg", "2026-01-02T03:00") == 2
    assert found.value("k_index", "swpc/college", "2026-01-02T18:00") == 1
    assert found.value("planetary_a_index", "swpc/planet", "2026-01-02") == 5
    assert len(found.values) == 2 + 9 + 1


def test_regions_are_summed_for_the_day_that_they_are_valid_at() -> None:
    found = measure(SwpcSolarRegions(), REGIONS)
    sums = {x.metric: x.value for x in found.values}
    assert sums == {"sunspot_regions": 2, "sunspots": 21, "sunspot_regions_delta": 1, "sunspot_area": 450}
    assert {x.time.isoformat()[:10] for x in found.values} == {"2026-01-02"}
    broken = measure(SwpcSolarRegions(), REGIONS.replace("N13E50", "far away"))
    assert [reject.where for reject in broken.rejects] == ["region 2"]


def test_recordings_are_read_whole(samples: Path) -> None:
    text = {
        name: numbers
        for source in (SwpcDailySolar(), SwpcDailyGeomagnetic(), Swpc27DayOutlook(), Swpc45DayForecast())
        for name, numbers in tallies(source, samples, "swpc-text").items()
    }
    assert text == {
        "2009_DSD.txt": (4380, 0),
        "daily-solar-indices.2026_08_20.txt": (330, 0),
        "daily-geomagnetic-indices.txt": (521, 0),
        "27-day-outlook.2026_08_12.txt": (81, 0),
        "45-day-ap-forecast.txt": (90, 0),
    }
    assert set(tallies(SwpcSolarRegions(), samples, "sunpy-swpc").values()) == {(4, 0)}


def test_forecasts_are_of_the_days_that_they_name(samples: Path) -> None:
    files = dict(recorded(samples, "swpc-text"))
    outlook = measure(Swpc27DayOutlook(), files["27-day-outlook.2026_08_12.txt"])
    assert outlook.value("planetary_a_index_predicted", "swpc/planet", "2026-08-11") == 20
    air_force = measure(Swpc45DayForecast(), files["45-day-ap-forecast.txt"])
    assert air_force.value("solar_radio_flux_10_7cm_predicted", "swpc/usaf-45-day", "2023-12-15") == 120
