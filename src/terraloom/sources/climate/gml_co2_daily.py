"""
NOAA GML: carbon dioxide at Mauna Loa by day, https://gml.noaa.gov/ccgg/trends/data.html.

Text with a head of comments and no line of names. Days without a value are left out. From December 2022 to
July 2023, after the eruption, the values are of Maunakea, 34 km to the north. The last months are
preliminary.
"""

from __future__ import annotations

from terraloom.records import Observation
from terraloom.sources.base import SourceInfo
from terraloom.sources.climate import gml
from terraloom.sources.climate.metrics import CARBON_DIOXIDE
from terraloom.sources.declared import DeclaredSource, Field, Format, Table

MAUNA_LOA_CITATION = (
    "Xin Lan, NOAA/GML (gml.noaa.gov/ccgg/trends/) and Ralph Keeling, Scripps Institution of Oceanography "
    "(scrippsco2.ucsd.edu)"
)


class GmlCo2Daily(DeclaredSource):
    info = SourceInfo(
        id="gml-co2-daily",
        title="Carbon dioxide at Mauna Loa, daily",
        provider=gml.PROVIDER,
        agency=gml.AGENCY,
        url=f"{gml.DATA}/co2/co2_daily_mlo.txt",
        every="1d",
        emits=Observation,
        metrics=(CARBON_DIOXIDE,),
        licence=gml.LICENCE,
        citation=MAUNA_LOA_CITATION,
        homepage="https://gml.noaa.gov/ccgg/trends/data.html",
        folder=gml.FOLDER,
    )
    table = Table(
        format=Format.TEXT,
        names=("year", "month", "day", "decimal", "molfrac"),
        time=("year", "month", "day"),
        time_format="%Y %m %d",
        place=gml.MAUNA_LOA,
        fields=(Field("molfrac", CARBON_DIOXIDE, missing=gml.MISSING),),
    )
