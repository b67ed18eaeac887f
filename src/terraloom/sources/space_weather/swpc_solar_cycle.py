"""NOAA SWPC: sunspot numbers and F10.7 by months, since 1749 and 2004, as observed and smoothed."""

from __future__ import annotations

from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import SUNSPOT_NUMBER_MONTHLY
from terraloom.sources.space_weather.solar_cycle import month, radio, spots

SMOOTHED = "Mean of 13 months around it, the first and the last with half weight."
_NOTHING = ("-1", "-1.0")
COLUMNS = {
    "ssn": SUNSPOT_NUMBER_MONTHLY,
    "smoothed_ssn": spots("smoothed", "smoothed", SMOOTHED),
    "observed_swpc_ssn": spots("swpc_monthly", "monthly mean of SWPC"),
    "smoothed_swpc_ssn": spots("swpc_smoothed", "of SWPC, smoothed", SMOOTHED),
    "f10.7": radio("monthly", "monthly mean"),
    "smoothed_f10.7": radio("smoothed", "smoothed", SMOOTHED),
}


class SwpcSolarCycle(DeclaredSource):
    info = swpc.info(
        "solar-cycle",
        "Solar cycle, observed",
        "/json/solar-cycle/observed-solar-cycle-indices.json",
        *COLUMNS.values(),
        every="1d",
        homepage="https://www.spaceweather.gov/products/solar-cycle-progression",
        folder="sunpy-swpc",
    )
    table = Table(
        format=Format.JSON,
        time=("time-tag",),
        time_format=month,
        place=swpc.SUN,
        fields=tuple(Field(name, metric, missing=_NOTHING) for name, metric in COLUMNS.items()),
    )
