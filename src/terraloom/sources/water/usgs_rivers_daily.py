"""USGS: discharge of large rivers by day; of the past month, as days are revised."""

from __future__ import annotations

from terraloom.sources.water import usgs_water
from terraloom.sources.water.metrics import DAILY_DISCHARGE


class UsgsRiversDaily(usgs_water.UsgsWater):
    info = usgs_water.described(
        "rivers-daily",
        "Large rivers: daily mean discharge",
        f"dv/?parameterCd=00060&statCd={usgs_water.MEAN}&period=P30D",
        every="1d",
        metrics=(DAILY_DISCHARGE,),
    )
