"""
INTERMAGNET: the magnetic field at a dozen observatories around the Earth, by minutes, as they report it.

https://imag-data.bgs.ac.uk/GIN_V1/: IAGA-2002, a day at a time. Not recorded; the format is that of the USGS.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from terraloom.records import Observation
from terraloom.sources.base import SourceInfo
from terraloom.sources.space_weather.iaga2002 import ELEMENTS, Iaga2002

OBSERVATORIES = "ABK HLP NGK KAK KNY CNB GUI KOU VSS PIL HER MAW".split()
"""Abisko, Hel, Niemegk, Kakioka, Kanoya, Canberra, Tenerife, Kourou, Vassouras, Pilar, Hermanus, Mawson."""
SERVICE = "https://imag-data.bgs.ac.uk/GIN_V1/GINServices"
QUERY = (
    "Request=GetData&format=Iaga2002&testObsys=0&samplesPerDay=minute&publicationState=best-avail"
    "&orientation=XYZF&recordTermination=UNIX&dataDuration=1"
)


class Intermagnet(Iaga2002):
    """
    The day so far, hourly, and in its first two hours the day before. Some institutes hold their data back
    for days: until then the service gives all values as missing.
    """

    info = SourceInfo(
        id="intermagnet-observatories",
        title="Magnetic field at observatories of INTERMAGNET",
        provider="INTERMAGNET",
        agency="intermagnet",
        url=f"{SERVICE}?{QUERY}&observatoryIagaCode=KAK",
        every="1h",
        emits=Observation,
        metrics=tuple(ELEMENTS.values()),
        licence="CC BY-NC 4.0",
        citation="INTERMAGNET and the institutes that operate the observatories, https://intermagnet.org",
        homepage="https://imag-data.bgs.ac.uk/GIN_V1/",
        rate_per_minute=20,
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        day = now - timedelta(hours=2)
        address = f"{SERVICE}?{QUERY}&dataStartDate={day:%Y-%m-%d}"
        return tuple(f"{address}&observatoryIagaCode={code}" for code in OBSERVATORIES)
