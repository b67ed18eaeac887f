"""
NOAA CO-OPS: currents in harbours and their entrances, from acoustic profilers.

In the bin that the service gives unasked, the one for navigation.
"""

from __future__ import annotations

from datetime import datetime

from terraloom.sources.ocean import coops

STATIONS = (
    "cb0102",  # Cape Henry, entrance of Chesapeake Bay
    "cb0402",  # Norfolk
    "g06010",  # Galveston Bay entrance
    "hb0401",  # Humboldt Bay entrance
    "mb0101",  # Mobile Bay
    "n03020",  # The Narrows, New York
    "s05010",  # San Francisco Bay
    "s09010",  # Martinez, Suisun Bay
)
SPAN = "range=3"


class CoopsCurrents(coops.CoopsSource):
    products = ("currents",)
    info = coops.described(
        "currents", "Currents in harbours", products, coops.address("currents", STATIONS[0], SPAN)
    )

    def addresses(self, now: datetime) -> tuple[str, ...]:
        return tuple(coops.address("currents", station, SPAN) for station in STATIONS)
