"""NOAA CPC: climate indices."""

from __future__ import annotations

import pytest
from recordings import measure

from terraloom.sources import source

NINO = b""" YR   MON  NINO1+2   ANOM   NINO3    ANOM   NINO4    ANOM NINO3.4    ANOM
2026   7   25.40    3.56   28.21    2.33   29.84    1.06   29.33    2.03
"""
ONI = b""" SEAS  YR   TOTAL   ANOM
  DJF 1950  24.72  -1.53
  JFM 1950  25.17  -1.34
  NDJ 1997  28.55   2.33
  XYZ 1998  28.55   2.33
"""


@pytest.mark.parametrize("thing", ["north-atlantic", "arctic", "antarctic"])
def test_an_oscillation_has_a_value_each_month(thing: str) -> None:
    found = measure(source(f"cpc-{thing}-oscillation"), b"1950    1  0.92000E+00\n 1950  2  -0.626810E-01\n")
    assert [(f"{one.time:%Y-%m-%d}", one.value) for one in found.values] == [
        ("1950-01-01", 0.92),
        ("1950-02-01", -0.062681),
    ]
    assert found.rejects == []


def test_three_months_begin_with_the_first_of_them() -> None:
    found = measure(source("cpc-oceanic-nino-index"), ONI)
    assert [(f"{one.time:%Y-%m-%d}", one.value) for one in found.values] == [
        ("1949-12-01", -1.53),
        ("1950-01-01", -1.34),
        ("1997-11-01", 2.33),
    ]
    [refused] = found.rejects
    assert "SEAS: got 'XYZ'" in refused.reason


def test_each_region_has_its_own_anomaly() -> None:
    found = measure(source("cpc-nino-regions"), NINO)
    anomalies = {one.station: one.value for one in found.values if one.metric.endswith("anomaly")}
    assert anomalies == {"cpc/nino-1+2": 3.56, "cpc/nino-3": 2.33, "cpc/nino-4": 1.06, "cpc/nino-3.4": 2.03}
    assert found.value("sea_surface_temperature", "cpc/nino-3.4", "2026-07-01") == 29.33
