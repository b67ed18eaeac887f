"""
NOAA SWPC: the power that particles carry into the aurora, north and south, every five minutes of today.

Not recorded; built from the feed's public description: times as ``2026-09-06_17:20``, columns Observation,
Forecast, North and South.
"""

from __future__ import annotations

from terraloom.records import Aggregate, Metric
from terraloom.sources.declared import Field, Format, Table
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import FIELD
from terraloom.sources.space_weather.swpc_ovation_aurora import NORTH, SOUTH

POWER = Metric(
    id="auroral_hemispheric_power",
    title="Aurora, power of one hemisphere",
    unit="GW",
    low=0.0,
    high=1000.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="Below 20 hardly visible; above 100 aurora far from the poles.",
)


class SwpcHemisphericPower(swpc.TextTable):
    """
    A forecast from the solar wind at L1 (`Observation`), for the time when that arrives (`Forecast`), which
    is the time kept. Two may arrive at one time; the later one is what is known best.
    """

    info = swpc.info(
        "hemispheric-power",
        "Power of the aurora",
        "/text/aurora-nowcast-hemi-power.txt",
        POWER,
        homepage="https://www.spaceweather.gov/products/aurora-30-minute-forecast",
    )
    words = b"Hemispheric"
    table = Table(
        format=Format.TEXT,
        names=("observed", "forecast", "north", "south"),
        time=("forecast",),
        time_format="%Y-%m-%d_%H:%M",
        comment="#:",
        fields=(Field("north", POWER, place=NORTH), Field("south", POWER, place=SOUTH)),
        place=NORTH,
    )
