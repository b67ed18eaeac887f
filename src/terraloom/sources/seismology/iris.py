"""
IRIS (now EarthScope): its event service, retired in April 2024, as QuakeML. For archives; not polled.

https://ds.iris.edu/ds/nodes/dmc/services/. It relayed the catalogues of NEIC and ISC under numbers of its
own, gave times without a zone (UTC), and in the years of ``/ws/event`` wrote depths in kilometres where
QuakeML has metres.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.seismology import quakeml
from terraloom.sources.seismology.quakeml import Dialect


class IrisEarthquakes(Source):
    info = SourceInfo(
        id="iris-earthquakes",
        title="IRIS event service (retired)",
        provider="IRIS",
        agency="iris",
        url="https://service.iris.edu/fdsnws/event/1/query?format=xml&orderby=time&limit=100",
        every="1d",
        licence="free with attribution (EarthScope Consortium)",
        citation="IRIS Data Management Center, event service",
        homepage="https://ds.iris.edu/",
        folder="fdsn-misc",
        priority=60,
        time_resolution_s=1.0,
        position_error_km=0.0,
        enabled=False,
    )
    dialect = Dialect(agency="iris")

    def recognises(self, payload: Payload) -> bool:
        return quakeml.looks_like(payload.body) and b"www.iris.edu/" in payload.body[:1024]

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        kilometres = b"www.iris.edu/ws/event" in payload.body[:1024]
        dialect = structs.replace(self.dialect, length_unit_m=1000.0) if kilometres else self.dialect
        return quakeml.parse(payload, dialect, self.info)
