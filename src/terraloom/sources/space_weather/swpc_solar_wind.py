"""
NOAA SWPC: the solar wind of the past hour by minutes, and when it will reach the Earth.

Not recorded; built from the feed's public description
(https://www.spaceweather.gov/products/geospace-propagated-solar-wind). The products `solar-wind/*.json`
ended in June 2026.
"""

from __future__ import annotations

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Station
from terraloom.sources.declared import Cells, DeclaredSource, Field, Format, Table
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import (
    FIELD,
    FIELD_STRENGTH,
    FIELD_X,
    FIELD_Y,
    FIELD_Z,
    WIND_DENSITY,
    WIND_SPEED,
    WIND_TEMPERATURE,
)
from terraloom.sources.values import utc

TRAVEL_TIME = Metric(
    id="solar_wind_travel_time",
    title="Solar wind, time from L1 to the Earth",
    unit="min",
    low=5.0,
    high=180.0,
    field=FIELD,
    aggregate=Aggregate.MEAN,
    description="Until it reaches the bow shock, as SWPC computes it: the warning time.",
)
L1 = Station(id="swpc/l1", title="Solar wind at L1, active spacecraft", kind="spacecraft")


class SwpcSolarWind(DeclaredSource):
    """
    Plasma and magnetic field (GSM) at the Lagrange point L1, 1.5 million km towards the Sun, as measured by
    the spacecraft that SWPC has made active; `time_tag` is the time there. The spacecraft changes, the series
    goes on. Rows are arrays; the first holds the names.
    """

    info = swpc.info(
        "solar-wind",
        "Solar wind at L1 by minutes",
        "/products/geospace/propagated-solar-wind-1-hour.json",
        WIND_SPEED,
        WIND_DENSITY,
        WIND_TEMPERATURE,
        FIELD_X,
        FIELD_Y,
        FIELD_Z,
        FIELD_STRENGTH,
        TRAVEL_TIME,
        homepage="https://www.spaceweather.gov/products/real-time-solar-wind",
    )
    table = Table(
        format=Format.JSON,
        time=("time_tag",),
        place=L1,
        fields=(
            Field("speed", WIND_SPEED),
            Field("density", WIND_DENSITY),
            Field("temperature", WIND_TEMPERATURE),
            Field("bx", FIELD_X),
            Field("by", FIELD_Y),
            Field("bz", FIELD_Z),
            Field("bt", FIELD_STRENGTH),
            Field("travel_min", TRAVEL_TIME, optional=True),
        ),
    )

    def amend(self, cells: Cells) -> Cells:
        """With the minutes that it travels, where both times can be read."""
        try:
            left, arrives = utc(cells.get("time_tag")), utc(cells.get("propagated_time_tag"))
        except RecordError:
            return cells  # the time at L1 is refused where it is needed
        return {**cells, "travel_min": (arrives - left).total_seconds() / 60.0}
