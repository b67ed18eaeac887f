"""
What feeds of WSPR share. Beacons of a few watts send call and locator; whoever decodes one reports a spot.

A corridor is a band and two Maidenhead fields (two letters, 20 by 10 degrees), sender first. On the map it
stands halfway along the great circle, where the signal was above the Earth.
"""

from __future__ import annotations

import math
from functools import lru_cache

from terraloom.errors import RecordError
from terraloom.records import Station
from terraloom.sources.radio.metrics import WSPR_DISTANCE, WSPR_SNR, WSPR_SPOTS
from terraloom.sources.values import number

METRICS = (WSPR_SPOTS, WSPR_SNR, WSPR_DISTANCE)
WAVELENGTHS = {
    -1: "2200 m",
    0: "630 m",
    1: "160 m",
    3: "80 m",
    5: "60 m",
    7: "40 m",
    10: "30 m",
    14: "20 m",
    18: "17 m",
    21: "15 m",
    24: "12 m",
    28: "10 m",
    50: "6 m",
    70: "4 m",
    144: "2 m",
    432: "70 cm",
    1296: "23 cm",
}
"""Names of the bands by their whole MHz; -1 is 136 kHz, as wspr.live has it."""


def band(value: object) -> int:
    """A band's whole MHz. Raises `RecordError`."""
    found = int(number("band", value))
    if found not in WAVELENGTHS:
        raise RecordError("band", value, "a band of amateur radio in whole MHz")
    return found


def band_of(mhz: float) -> int:
    """The band of a frequency in MHz."""
    return -1 if mhz < 0.4 else int(mhz)


def field(value: object) -> str:
    """The Maidenhead field of a locator. Raises `RecordError`."""
    letters = str(value).strip().upper()[:2]
    if len(letters) != 2 or not all("A" <= letter <= "R" for letter in letters):
        raise RecordError("locator", value, "a Maidenhead locator such as JO31")
    return letters


@lru_cache(10_000)
def corridor(agency: str, mhz: int, sender: str, receiver: str) -> Station:
    """The corridor of a band between two fields, as a station."""
    lon, lat = midpoint(centre(sender), centre(receiver))
    return Station(
        id=f"{agency}/{mhz}/{sender}-{receiver}",
        title=f"{WAVELENGTHS[mhz]}, {sender} to {receiver}",
        lon=lon,
        lat=lat,
        kind="region",
    )


def centre(field: str) -> tuple[float, float]:
    """Longitude and latitude of a field's middle, degrees."""
    return (ord(field[0]) - ord("A")) * 20 - 170.0, (ord(field[1]) - ord("A")) * 10 - 85.0


def midpoint(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float] | tuple[None, None]:
    """Halfway along the great circle between two places, degrees; nowhere between antipodes."""
    x, y, z = (a + b for a, b in zip(_vector(one), _vector(other), strict=True))
    if math.hypot(x, y, z) < 1e-6:
        return None, None
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))


def _vector(place: tuple[float, float]) -> tuple[float, float, float]:
    lon, lat = (math.radians(angle) for angle in place)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)
