"""
NOAA CPC: oceanic Niño index (ONI), the measure of El Niño and La Niña, https://www.cpc.ncep.noaa.gov/data/indices/.

A line for each three months ("DJF 1950  24.72  -1.53"), named by the year of the middle one: DJF 1950 begins
in December 1949. Built from the description of the file.
"""

from __future__ import annotations

from datetime import UTC, datetime

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation
from terraloom.sources.base import SourceInfo
from terraloom.sources.climate import cpc
from terraloom.sources.climate.cpc_nino_regions import NINO_34
from terraloom.sources.climate.metrics import FIELD
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.values import number

ONI = Metric(
    id="oceanic_nino_index",
    title="Oceanic Niño index",
    unit="K",
    low=-10.0,
    high=10.0,
    field=FIELD,
    description="Mean of three months of the sea surface temperature anomaly of Niño 3.4. "
    "El Niño from +0.5, La Niña from -0.5.",
    hourly=False,
)
SEASONS = ("DJF", "JFM", "FMA", "MAM", "AMJ", "MJJ", "JJA", "JAS", "ASO", "SON", "OND", "NDJ")


def beginning(text: str) -> datetime:
    """The first of the three months that "DJF 1950" names. Raises `RecordError`."""
    season, _, year_text = text.partition(" ")
    year = int(number("YR", year_text, low=2, high=9999))
    if season not in SEASONS:
        raise RecordError("SEAS", season, "one of " + ", ".join(SEASONS))
    middle = SEASONS.index(season) + 1
    return datetime(year, middle - 1, 1, tzinfo=UTC) if middle > 1 else datetime(year - 1, 12, 1, tzinfo=UTC)


class CpcOceanicNinoIndex(DeclaredSource):
    info = SourceInfo(
        id="cpc-oceanic-nino-index",
        title="Oceanic Niño index (ENSO)",
        provider=cpc.PROVIDER,
        agency=cpc.AGENCY,
        url=f"{cpc.CPC}/data/indices/oni.ascii.txt",
        every="1d",
        emits=Observation,
        metrics=(ONI,),
        licence=cpc.LICENCE,
        citation="NOAA Climate Prediction Center: Oceanic Niño Index (ERSST v5)",
        homepage=f"{cpc.CPC}/products/analysis_monitoring/ensostuff/ONI_v5.php",
    )
    table = Table(
        format=Format.TEXT,
        time=("SEAS", "YR"),
        time_format=beginning,
        place=NINO_34,
        fields=(Field("ANOM", ONI, missing=("-99.90", "-99.9")),),
    )
