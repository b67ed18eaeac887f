"""
NOAA SWPC: the quick-look Dst index of Kyoto, hourly, past week.

Not recorded; built from the feed's public description: rows were arrays of strings (names in the first) and
are objects with numbers since 2026.
"""

from __future__ import annotations

from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import DST


class SwpcKyotoDst(DeclaredSource):
    info = swpc.info(
        "kyoto-dst",
        "Dst index of Kyoto, quick look",
        "/products/kyoto-dst.json",
        DST,
        every="1h",
        licence="research and education; no redistribution",
        citation="World Data Center for Geomagnetism, Kyoto, by NOAA SWPC; doi 10.17593/14515-74000",
        homepage="https://wdc.kugi.kyoto-u.ac.jp/dstdir/",
    )
    table = Table(
        format=Format.JSON,
        time=("time_tag",),
        place=swpc.EARTH,
        fields=(Field("dst", DST, missing=("9999",)),),
    )
