"""What the climate indices of NOAA's Climate Prediction Center share."""

from __future__ import annotations

from terraloom.records import Metric, Observation, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import Field, Format, Table

PROVIDER, AGENCY, LICENCE = "NOAA CPC", "cpc", "public domain"
CPC = "https://www.cpc.ncep.noaa.gov"
CWLINK = f"{CPC}/products/precip/CWlink"


def monthly_index(
    thing: str, title: str, url: str, metric: Metric, place: Station
) -> tuple[SourceInfo, Table]:
    """The source and the table of an index: year, month and value in each line, without names."""
    info = SourceInfo(
        id=f"cpc-{thing}",
        title=title,
        provider=PROVIDER,
        agency=AGENCY,
        url=url,
        every="1d",
        emits=Observation,
        metrics=(metric,),
        licence=LICENCE,
        citation=f"NOAA Climate Prediction Center: {title}",
        homepage=f"{CPC}/data/teledoc/telecontents.shtml",
    )
    table = Table(
        format=Format.TEXT,
        names=("year", "month", "value"),
        time=("year", "month"),
        time_format="%Y %m",
        place=place,
        fields=(Field("value", metric, missing=("-99.9", "-99.90", "-999.9")),),
    )
    return info, table
