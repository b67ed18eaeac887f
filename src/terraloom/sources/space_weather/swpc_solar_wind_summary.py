"""NOAA SWPC: the latest speed and magnetic field of the solar wind, rounded for display; two small files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from terraloom.records import Payload, Station
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import FIELD_STRENGTH, FIELD_Z, WIND_SPEED


class SwpcSolarWindSummary(DeclaredSource):
    """Whole km/s and nT: a station of its own, so that they replace no exact value."""

    info = swpc.info(
        "solar-wind-summary",
        "Solar wind at L1, latest rounded values",
        "/products/summary/solar-wind-speed.json",
        WIND_SPEED,
        FIELD_STRENGTH,
        FIELD_Z,
        homepage="https://www.spaceweather.gov/products/real-time-solar-wind",
        folder="swpc-solar-wind",
    )
    table = Table(
        format=Format.JSON,
        time=("time_tag",),
        place=Station(id="swpc/l1-summary", title="Solar wind at L1, rounded", kind="spacecraft"),
        fields=(
            Field("proton_speed", WIND_SPEED, optional=True),
            Field("bt", FIELD_STRENGTH, optional=True),
            Field("bz_gsm", FIELD_Z, optional=True),
        ),
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        return (self.info.url, f"{swpc.HOST}/products/summary/solar-wind-mag-field.json")

    def recognises(self, payload: Payload) -> bool:
        # The day of minutes has these columns too, and more than one record.
        return len(payload.body) < 500 and super().recognises(payload)
