"""
NOAA NCEI: heat content of the world's ocean down to 700 m, https://www.ncei.noaa.gov/access/global-ocean-heat-content/.

Each line is a quarter, named by one of its months ("2026-3"), and its anomaly in 10^22 J; no line of names.
Built from the description of the file.
"""

from __future__ import annotations

from datetime import UTC, datetime

from terraloom.records import Metric, Observation, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.ocean.metrics import FIELD
from terraloom.sources.values import number

HEAT = Metric(
    id="ocean_heat_content_anomaly",
    title="Ocean heat content, 0 to 700 m",
    unit="10*22.J",
    low=-100.0,
    high=200.0,
    field=FIELD,
    description="Of a quarter, against the mean of 1955 to 2006.",
    hourly=False,
)
DATA = "https://www.ncei.noaa.gov/data/oceans/woa/DATA_ANALYSIS/3M_HEAT_CONTENT/DATA/basin/3month"


def quarter(text: str) -> datetime:
    """The beginning of the quarter in which the month "2026-3" lies. Raises `RecordError`."""
    year, _, month = text.partition("-")
    first = (int(number("month", month, low=1, high=12)) - 1) // 3 * 3 + 1
    return datetime(int(number("year", year, low=1, high=9999)), first, 1, tzinfo=UTC)


class NceiHeatContent(DeclaredSource):
    info = SourceInfo(
        id="ncei-heat-content",
        title="Ocean heat content",
        provider="NOAA NCEI",
        agency="ncei",
        url=f"{DATA}/ohc_levitus_climdash_seasonal.csv",
        every="1d",
        emits=Observation,
        metrics=(HEAT,),
        licence="public domain",
        citation="Levitus et al. 2012, doi:10.1029/2012GL051106; NOAA NCEI, doi:10.7289/V53F4MVP",
        homepage="https://www.ncei.noaa.gov/access/global-ocean-heat-content/",
    )
    table = Table(
        format=Format.CSV,
        names=("month", "anomaly"),
        time=("month",),
        time_format=quarter,
        place=Station(id="ncei/world-ocean", title="World ocean", kind="planet"),
        fields=(Field("anomaly", HEAT, missing=("-99.999", "-999.999")),),
    )
