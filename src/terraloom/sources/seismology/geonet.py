"""
GeoNet, New Zealand: earthquakes, https://api.geonet.org.nz/#quakes.

The list holds the latest hundred quakes that shook at least as given, without a time of update: the moment
of receipt stands for it. `quality` "deleted" takes a quake back. `mmi` is the shaking at the closest place,
-1 where too small to be worked out. Coordinates have seven decimals and times are to the millisecond.
SeisComP XML, which GeoNet publishes for every quake, is read as well.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Lat, Lon, Measurement, Payload, Reject, ReportStatus
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.seismology import seiscomp, seismic
from terraloom.sources.seismology.quakeml import Dialect
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc

LICENCE = "CC BY 3.0 NZ"
CITATION = "GNS Science: GeoNet Aotearoa New Zealand Earthquake Catalogue, doi:10.21420/0S8P-TZ38"
LINK = "https://www.geonet.org.nz/earthquake/{id}"

STATUS = {"best": ReportStatus.REVIEWED, "deleted": ReportStatus.DELETED}
"""`quality`; "preliminary", "automatic" and others have been seen by nobody."""


class Point(Struct):
    coordinates: tuple[Lon, Lat]


class Properties(Struct):
    publicID: str
    time: str
    depth: float  # km
    magnitude: float
    mmi: float | None = None
    locality: str = ""
    quality: str = ""


class Feature(Struct):
    geometry: Point
    properties: Properties


class GeonetEarthquakes(Source):
    info = SourceInfo(
        id="geonet-earthquakes",
        title="New Zealand earthquakes",
        provider="GeoNet",
        agency="geonet",
        url="https://api.geonet.org.nz/quake?MMI=-1",
        every="60s",
        licence=LICENCE,
        citation=CITATION,
        homepage="https://www.geonet.org.nz/",
        folder="geonet",
        priority=25,
        time_resolution_s=1.0,
        position_error_km=0.0,
    )
    dialect = Dialect(agency="geonet", length_unit_m=1000.0, link=LINK)

    def recognises(self, payload: Payload) -> bool:
        return seiscomp.looks_like(payload.body) or b'"publicID"' in payload.body[:1024]

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        if seiscomp.looks_like(payload.body):
            yield from seiscomp.parse(payload, self.dialect, self.info)
            return
        try:
            features, damage = split_json(payload.body, "features")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        yield from each(features, lambda fragment: self.read(fragment, payload))
        yield from damage

    def read(self, fragment: bytes, payload: Payload) -> HazardReport:
        feature = msgspec.json.decode(fragment, type=Feature)
        stated, (lon, lat) = feature.properties, feature.geometry.coordinates
        felt = stated.mmi is not None and stated.mmi >= 0
        return HazardReport(
            source=self.info.id,
            agency="geonet",
            source_event_id=_named(stated.publicID),
            event_type=EventType.EARTHQUAKE,
            title=seismic.title(stated.magnitude, stated.locality),
            description=stated.locality,
            url=LINK.format(id=stated.publicID),
            onset=utc(stated.time),
            updated_at=payload.fetched_at,
            lon=lon,
            lat=lat,
            depth_km=stated.depth,
            magnitude=stated.magnitude,
            measurements=(Measurement("max_mmi", stated.mmi, "1"),)
            if felt and stated.mmi is not None
            else (),
            status=STATUS.get(stated.quality, ReportStatus.AUTOMATIC),
            fragment=fragment,
        )


def _named(name: str) -> str:
    if not name:
        raise RecordError("properties.publicID", name, "an event id")
    return name
