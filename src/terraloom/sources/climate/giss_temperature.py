"""
NASA GISS surface temperature analysis (GISTEMP v4): anomalies by month, https://data.giss.nasa.gov/gistemp/.

Three tables, each with the name of its region in the first line; ``***`` is missing. Built from the
description of the files. All months are revised whenever stations send late data.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record, Station
from terraloom.sources.base import Source, SourceInfo, reject_payload
from terraloom.sources.climate.metrics import FIELD
from terraloom.sources.climate.months import MonthTable, read_months

ANOMALY = Metric(
    id="surface_temperature_anomaly",
    title="Temperature anomaly of land and ocean",
    unit="K",
    low=-10.0,
    high=10.0,
    field=FIELD,
    cf_standard_name="surface_temperature_anomaly",
    description="Air over land, water over sea; against the mean of 1951 to 1980 of the same month.",
    hourly=False,
)
TABLES = "https://data.giss.nasa.gov/gistemp/tabledata_v4"
REGIONS = {
    "Land-Ocean: Global Means": Station(id="giss/global", title="Earth", kind="planet"),
    "Land-Ocean: Northern Hemispheric Means": Station(
        id="giss/northern-hemisphere", title="Northern hemisphere", kind="region"
    ),
    "Land-Ocean: Southern Hemispheric Means": Station(
        id="giss/southern-hemisphere", title="Southern hemisphere", kind="region"
    ),
}


class GissTemperature(Source):
    info = SourceInfo(
        id="giss-temperature",
        title="Surface temperature anomalies (GISTEMP)",
        provider="NASA GISS",
        agency="giss",
        url=f"{TABLES}/GLB.Ts+dSST.csv",
        every="1d",
        emits=Observation,
        metrics=(ANOMALY,),
        licence="public domain; credit GISTEMP Team and Lenssen et al. (2024)",
        citation="GISTEMP Team: GISS Surface Temperature Analysis (GISTEMP), version 4, NASA GISS; "
        "Lenssen et al. 2024, doi:10.1029/2023JD040179",
        homepage="https://data.giss.nasa.gov/gistemp/",
    )

    def addresses(self, now: datetime) -> tuple[str, ...]:
        return (self.info.url, f"{TABLES}/NH.Ts+dSST.csv", f"{TABLES}/SH.Ts+dSST.csv")

    def recognises(self, payload: Payload) -> bool:
        return region(payload) is not None

    def parse(self, payload: Payload) -> Iterator[Record]:
        place = region(payload)
        if place is None:
            title = payload.body[:80].splitlines()[:1]
            return iter([reject_payload(payload, RecordError("title", title, " or ".join(REGIONS)))])
        return read_months(
            payload, MonthTable(metric=ANOMALY, place=place, separator=",", missing=("***", "****"))
        )


def region(payload: Payload) -> Station | None:
    """What the title in the first line says the table is of; None where it is none of ours."""
    title = payload.body[:200].removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    return REGIONS.get(title.decode("utf-8", "replace").strip())
