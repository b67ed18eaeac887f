"""NOAA SWPC: speed, density and temperature of the solar wind, by each spacecraft at L1."""

from __future__ import annotations

from terraloom.sources.declared import Cells, DeclaredSource, Field, Table
from terraloom.sources.space_weather import rtsw, swpc
from terraloom.sources.space_weather.metrics import WIND_DENSITY, WIND_SPEED, WIND_TEMPERATURE

_OLDER = ("density", "speed", "temperature")


class SwpcSolarWindPlasma(DeclaredSource):
    """
    A day of protons at a time (2.6 MB), hence hourly; it has no alpha particles yet. The form of objects is
    not recorded; built from its public description. The older form of arrays is read too.
    """

    info = swpc.info(
        "solar-wind-plasma",
        "Plasma of the solar wind, by spacecraft",
        "/json/rtsw/rtsw_wind_1m.json",
        WIND_SPEED,
        WIND_DENSITY,
        WIND_TEMPERATURE,
        every="1h",
        homepage="https://www.spaceweather.gov/products/real-time-solar-wind",
        folder="swpc-solar-wind",
    )
    table = Table(
        **rtsw.LAYOUT,
        fields=(
            Field("proton_speed", WIND_SPEED),
            Field("proton_density", WIND_DENSITY),
            Field("proton_temperature", WIND_TEMPERATURE),
        ),
    )

    def amend(self, cells: Cells) -> Cells:
        named = {f"proton_{name}" if name in _OLDER else name: cell for name, cell in cells.items()}
        return rtsw.placed(named)
