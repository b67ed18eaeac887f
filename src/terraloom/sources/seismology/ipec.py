"""
IPE, the Institute of Physics of the Earth in Brno: its bulletin of Czech earthquakes and blasts. On request.

https://www.ipe.muni.cz/. In the format IMS1.0; the bulletin of a month appears in the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.seismology import ims

DIRECTORY = "https://www.ipe.muni.cz/WEB/gse/"


class IpecEarthquakes(Source):
    info = SourceInfo(
        id="ipec-earthquakes",
        title="Earthquakes and blasts in and around Czechia, last month",
        provider="Institute of Physics of the Earth, Masaryk University",
        agency="ipec",
        url=DIRECTORY,
        every="1d",
        licence="free with attribution (Masaryk University)",
        citation="Institute of Physics of the Earth, Masaryk University, Brno: bulletin, doi:10.7914/SN/CZ",
        homepage="https://www.ipe.muni.cz/",
        folder="iscn-obspy",
        priority=35,
        time_resolution_s=1.0,
        position_error_km=0.0,
        enabled=False,  # a month late, and mostly blasts in mines
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        last_month = now.replace(day=1) - timedelta(days=1)
        return [f"{DIRECTORY}ipe{last_month:%Y%m}_ims.txt"]

    def recognises(self, payload: Payload) -> bool:
        return ims.looks_like(payload.body) and b"IPEC" in payload.body[:4096]

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        return ims.parse(payload, self.info)
