"""
NOAA CO-OPS: wind, air temperature, pressure and water temperature at tide gauges.

One request for each product and station: asked of fewer stations than the water level.
"""

from __future__ import annotations

from datetime import datetime

from terraloom.sources.ocean import coops

STATIONS = ("1612340", "1770000", "1820000", "8518750", "8724580", "9414290", "9455920", "9755371")
SPAN = "range=2"


class CoopsMeteorology(coops.CoopsSource):
    products = ("wind", *coops.ALIKE)
    info = coops.described(
        "meteorology",
        "Wind, pressure and temperatures at tide gauges",
        products,
        coops.address("air_temperature", STATIONS[0], SPAN),
    )

    def addresses(self, now: datetime) -> tuple[str, ...]:
        return tuple(
            coops.address(product, station, SPAN) for station in STATIONS for product in self.products
        )
