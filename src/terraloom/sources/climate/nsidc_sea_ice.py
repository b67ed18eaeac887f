"""
NSIDC sea ice index, version 4: extent by day, https://nsidc.org/data/g02135.

Below the line of names stands one of units. The last column, a list of files with commas in it, is not read.
Which hemisphere it is, only the address says. Every second day until July 1987. Built from the description of
the files.
"""

from __future__ import annotations

from terraloom.records import Metric, Observation, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.climate.metrics import FIELD
from terraloom.sources.declared import DeclaredSource, Field, Format, Table

EXTENT = Metric(
    id="sea_ice_extent",
    title="Sea ice extent",
    unit="10*6.km2",
    low=0.0,
    high=25.0,
    field=FIELD,
    cf_standard_name="sea_ice_extent",
    description="Area of ocean that is at least 15 % ice.",
    hourly=False,
)
DATA = "https://noaadata.apps.nsidc.org/NOAA/G02135"


def hemisphere(name: str, title: str) -> tuple[SourceInfo, Table]:
    info = SourceInfo(
        id=f"nsidc-sea-ice-{name}",
        title=f"{title} sea ice extent",
        provider="NSIDC",
        agency="nsidc",
        url=f"{DATA}/{name}/daily/data/{name[0].upper()}_seaice_extent_daily_v4.0.csv",
        every="1d",
        emits=Observation,
        metrics=(EXTENT,),
        licence="free to use with citation",
        citation="Fetterer, F. et al.: Sea Ice Index, Version 4, NSIDC, doi:10.7265/a98x-0f50",
        homepage="https://nsidc.org/data/g02135",
    )
    table = Table(
        format=Format.CSV,
        time=("Year", "Month", "Day"),
        time_format="%Y %m %d",
        place=Station(id=f"nsidc/{name}", title=title, kind="region"),
        fields=(Field("Extent", EXTENT, missing=("-9999.000", "-9999", "-999")),),
        header="Year",
        comment="Y",  # begins the line of units
    )
    return info, table


class NsidcSeaIceNorth(DeclaredSource):
    info, table = hemisphere("north", "Arctic")


class NsidcSeaIceSouth(DeclaredSource):
    info, table = hemisphere("south", "Antarctic")
