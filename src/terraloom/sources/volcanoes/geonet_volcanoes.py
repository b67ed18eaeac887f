"""
GeoNet, New Zealand: volcanic alert levels, https://api.geonet.org.nz/#volcanoVal.

One record per volcano, for ever: level 0 is no unrest, 1-2 unrest, 3-5 eruption. The feed has no times. The
moment of receipt stands for the onset of the level; at level 0 nothing is going on, so that the report ends
where it begins. The aviation colour code `acc`, in the feed since 2021 and after the recording, is taken as
the severity.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Measurement, Payload, Reject
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.seismology.geonet import LICENCE, Point
from terraloom.sources.seismology.usgs import severity
from terraloom.sources.splitting import split_json


class Properties(Struct):
    volcanoID: str
    volcanoTitle: str
    level: int
    activity: str = ""
    hazards: str = ""
    acc: str = ""


class Feature(Struct):
    geometry: Point
    properties: Properties


class GeonetVolcanoes(Source):
    info = SourceInfo(
        id="geonet-volcanoes",
        title="New Zealand volcanic alert levels",
        provider="GeoNet",
        agency="geonet-volcano",
        url="https://api.geonet.org.nz/volcano/val",
        every="5m",
        licence=LICENCE,
        citation="GNS Science: GeoNet New Zealand volcanic alert levels",
        homepage="https://www.geonet.org.nz/volcano",
        folder="geonet",
        priority=25,
    )

    def recognises(self, payload: Payload) -> bool:
        return b'"volcanoID"' in payload.body[:1024]

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
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
        if not stated.volcanoID or not 0 <= stated.level <= 5:
            raise RecordError("properties", [stated.volcanoID, stated.level], "a volcano and a level of 0..5")
        return HazardReport(
            source=self.info.id,
            agency=self.info.agency,
            source_event_id=stated.volcanoID,
            event_type=EventType.VOLCANO,
            title=f"{stated.volcanoTitle}: volcanic alert level {stated.level}",
            description=f"{stated.activity} {stated.hazards}".strip(),
            url=f"https://www.geonet.org.nz/volcano/{stated.volcanoID}",
            onset=payload.fetched_at,
            updated_at=payload.fetched_at,
            valid_until=payload.fetched_at if stated.level == 0 else None,
            lon=lon,
            lat=lat,
            severity_level=severity(stated.acc),
            measurements=(Measurement("volcanic_alert_level", float(stated.level), "1"),),
            fragment=fragment,
        )
