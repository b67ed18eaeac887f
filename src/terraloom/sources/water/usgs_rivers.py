"""USGS: discharge and stage of large rivers, every quarter of an hour."""

from __future__ import annotations

from terraloom.sources.water import usgs_water
from terraloom.sources.water.metrics import DISCHARGE, STAGE


class UsgsRivers(usgs_water.UsgsWater):
    info = usgs_water.described(
        "rivers",
        "Large rivers: discharge and stage",
        "iv/?parameterCd=00060,00065&period=PT3H",  # the last poll's hours too, for what came late
        every="1h",
        metrics=(DISCHARGE, STAGE),
    )
