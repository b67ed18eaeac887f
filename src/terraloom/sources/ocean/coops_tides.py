"""
NOAA CO-OPS: predicted tides, every six minutes, for the two days to come.

The answer names no station. Where its address does not either, its values are kept, as suspect, under
``coops/unstated``.
"""

from __future__ import annotations

from datetime import datetime

from terraloom.sources.ocean import coops


class CoopsTides(coops.CoopsSource):
    products = ("predictions",)
    info = coops.described(
        "tides",
        "Predicted tides",
        products,
        coops.address("predictions", coops.STATIONS[0], "date=today"),
        every="12h",
    )

    def addresses(self, now: datetime) -> tuple[str, ...]:
        span = f"begin_date={now:%Y%m%d}&range=48"
        return tuple(coops.address("predictions", station, span) for station in coops.STATIONS)
