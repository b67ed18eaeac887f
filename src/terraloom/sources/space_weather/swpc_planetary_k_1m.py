"""NOAA SWPC: the planetary K index as estimated each minute, past six hours."""

from __future__ import annotations

from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import ESTIMATED_K


class SwpcPlanetaryKMinutes(DeclaredSource):
    """`estimated_kp` in thirds; `kp_index` and `kp` ("1M": 1-, "2Z": 2o, "2P": 2+) say the same."""

    info = swpc.info(
        "planetary-k-1m",
        "Planetary K index, estimated each minute",
        "/json/planetary_k_index_1m.json",
        ESTIMATED_K,
        homepage="https://www.spaceweather.gov/products/planetary-k-index",
        folder="swpc-kp",
    )
    table = Table(
        format=Format.JSON,
        time=("time_tag",),
        place=swpc.EARTH,
        fields=(Field("estimated_kp", ESTIMATED_K),),
    )
