"""
ISC, the International Seismological Centre: its bulletin of earthquakes worldwide, through its FDSN event
service.

https://www.isc.ac.uk/fdsnws/event/1/. The definitive record, reviewed about two years after the event. Its
event numbers are the same in the text and in QuakeML, of which there is a recording; the text is read by
the FDSN standard. Positions have four decimals; QuakeML states horizontal errors, which are taken where
given.
"""

from __future__ import annotations

from terraloom.records import Payload
from terraloom.sources.base import SourceInfo
from terraloom.sources.seismology import quakeml
from terraloom.sources.seismology.fdsn import FdsnSource, looks_like
from terraloom.sources.seismology.quakeml import Dialect


class IscEarthquakes(FdsnSource):
    info = SourceInfo(
        id="isc-earthquakes",
        title="ISC bulletin, M 5 and more",
        provider="ISC",
        agency="isc",
        url="https://www.isc.ac.uk/fdsnws/event/1/query?format=text&minmagnitude=5&orderby=time&limit=1000",
        every="1d",
        licence="CC BY-NC 4.0",
        citation="International Seismological Centre (2026), On-line Bulletin, doi:10.31905/D808B830",
        homepage="https://www.isc.ac.uk/",
        folder="isc",
        priority=40,
        time_resolution_s=1.0,
        position_error_km=0.0,
        rate_per_minute=2.0,
    )
    dialect = Dialect(
        agency="isc",
        link="https://www.isc.ac.uk/cgi-bin/web-db-run?event_id={id}&out_format=ISF&request=COMPREHENSIVE",
    )

    def recognises(self, payload: Payload) -> bool:
        readable = looks_like(payload.body) or quakeml.looks_like(payload.body)
        return readable and b"ISC" in payload.body[:4096]
