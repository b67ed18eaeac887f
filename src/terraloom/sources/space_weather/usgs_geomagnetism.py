"""USGS Geomagnetism Program: the magnetic field at its fourteen observatories, by minutes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from terraloom.records import Observation
from terraloom.sources.base import SourceInfo
from terraloom.sources.space_weather.iaga2002 import ELEMENTS, Iaga2002

OBSERVATORIES = "BOU BRW BSL CMO DED FRD FRN GUA HON NEW SHU SIT SJG TUC".split()
"""Boulder, Barrow, Stennis, College, Deadhorse, Fredericksburg, Fresno, Guam, Honolulu, Newport, Shumagin,
Sitka, San Juan, Tucson."""
SERVICE = "https://geomag.usgs.gov/ws/data/"


class UsgsGeomagnetism(Iaga2002):
    """
    The past two hours of each, hourly: values that come late are caught by the next poll. Variation data, in
    geographic coordinates; they are not corrected for the baseline yet.
    """

    info = SourceInfo(
        id="usgs-geomagnetism",
        title="Magnetic field at observatories of the USGS",
        provider="USGS Geomagnetism Program",
        agency="usgs",
        url=f"{SERVICE}?id=BOU&elements=X,Y,Z,F&type=variation&sampling_period=60&format=iaga2002",
        every="1h",
        emits=Observation,
        metrics=tuple(ELEMENTS.values()),
        licence="public domain (US government work)",
        citation="US Geological Survey Geomagnetism Program, doi 10.5066/F7H13020",
        homepage="https://geomag.usgs.gov/ws/docs/",
        folder="usgs-geomag-iaga2002",
        rate_per_minute=30,
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
        span = f"starttime={first:%Y-%m-%dT%H:%M:%SZ}&endtime={now:%Y-%m-%dT%H:%M:00Z}"
        return tuple(f"{self.info.url.replace('BOU', code)}&{span}" for code in OBSERVATORIES)
