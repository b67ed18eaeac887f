"""
NOAA SWPC: the planetary K index of the past week, https://www.swpc.noaa.gov/products/planetary-k-index.

Rows were arrays of strings until 2025 (names in the first) and are objects with numbers since.
"""

from __future__ import annotations

from terraloom.records import Observation, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.space_weather.metrics import PLANETARY_K


class SwpcPlanetaryK(DeclaredSource):
    """Estimated from eight magnetometers, every three hours; `time` is the beginning of the three hours."""

    info = SourceInfo(
        id="swpc-planetary-k",
        title="Planetary K index",
        provider="NOAA SWPC",
        agency="swpc",
        url="https://services.swpc.noaa.gov/products/noaa-planetary-k-index.json",
        every="5m",
        emits=Observation,
        metrics=(PLANETARY_K,),
        licence="public domain",
        citation="NOAA Space Weather Prediction Center: planetary K index",
        homepage="https://www.swpc.noaa.gov/products/planetary-k-index",
        folder="swpc-kp",
    )
    table = Table(
        format=Format.JSON,
        time=("time_tag",),
        place=Station(id="swpc/planet", title="Earth", kind="planet"),
        fields=(Field("Kp", PLANETARY_K),),
    )
