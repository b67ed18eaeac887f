"""NOAA CO-OPS: water level every six minutes, preliminary, above mean lower low water."""

from __future__ import annotations

from datetime import datetime

from terraloom.sources.ocean import coops

SPAN = "range=3"  # hours back from now: the last poll's, and what came late


class CoopsWaterLevel(coops.CoopsSource):
    products = ("water_level",)
    info = coops.described(
        "water-level",
        "Water level at the coast",
        products,
        coops.address("water_level", coops.STATIONS[0], SPAN),
    )

    def addresses(self, now: datetime) -> tuple[str, ...]:
        return tuple(coops.address("water_level", station, SPAN) for station in coops.STATIONS)
