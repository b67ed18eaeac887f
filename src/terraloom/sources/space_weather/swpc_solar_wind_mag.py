"""NOAA SWPC: the interplanetary magnetic field, by each spacecraft at L1."""

from __future__ import annotations

from terraloom.sources.declared import Cells, DeclaredSource, Field, Table
from terraloom.sources.space_weather import rtsw, swpc
from terraloom.sources.space_weather.metrics import FIELD_STRENGTH, FIELD_X, FIELD_Y, FIELD_Z


class SwpcSolarWindMag(DeclaredSource):
    """
    A day at a time (1.5 MB), hence hourly. Of the GSE components and the angles, which say the same in other
    coordinates, none is kept.
    """

    info = swpc.info(
        "solar-wind-mag",
        "Interplanetary magnetic field, by spacecraft",
        "/json/rtsw/rtsw_mag_1m.json",
        FIELD_X,
        FIELD_Y,
        FIELD_Z,
        FIELD_STRENGTH,
        every="1h",
        homepage="https://www.spaceweather.gov/products/real-time-solar-wind",
        folder="swpc-solar-wind",
    )
    table = Table(
        **rtsw.LAYOUT,
        fields=(
            Field("bx_gsm", FIELD_X),
            Field("by_gsm", FIELD_Y),
            Field("bz_gsm", FIELD_Z),
            Field("bt", FIELD_STRENGTH),
        ),
    )

    def amend(self, cells: Cells) -> Cells:
        return rtsw.placed(cells)
