"""GDACS' event list for apps (JSON): https://www.gdacs.org/gdacsapi/swagger/index.html."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.multihazard import gdacs
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc
from terraloom.sources.xmlfeed import looks_like


class Links(Struct, frozen=True):
    report: str = ""


class Stated(Struct, frozen=True):
    """How strong, in the unit of the hazard: magnitude "M", "km/h", "km2", "ha"."""

    severity: float | None = None
    severitytext: str = ""
    severityunit: str = ""


class Properties(Struct):
    eventtype: str
    eventid: int
    episodeid: int
    alertlevel: str
    fromdate: str
    todate: str
    datemodified: str
    name: str = ""
    eventname: str | None = None
    description: str = ""
    htmldescription: str = ""
    glide: str | None = None
    alertscore: float | None = None
    url: Links = Links()
    severitydata: Stated = Stated()


class Point(Struct):
    type: str
    coordinates: list[Any]


class Feature(Struct):
    properties: Properties
    geometry: Point


class GdacsEventList(Source):
    """
    At most a hundred current events, one point each, with GLIDE number and the time of the last change
    (`updated_at`). Built from public descriptions of the interface: no recording was at hand.

    Dates have no zone and are UTC; numbers are numbers here. Not polled unless asked for: the RSS feed tells
    of the same events, and a season of fires fills the hundred.
    """

    info = SourceInfo(
        id="gdacs-event-list",
        title="GDACS current events (for apps)",
        provider="GDACS",
        agency="gdacs",
        url="https://www.gdacs.org/gdacsapi/api/events/geteventlist/EVENTS4APP",
        every="5m",
        licence=gdacs.LICENCE,
        citation=gdacs.CITATION,
        homepage=gdacs.HOMEPAGE,
        folder="gdacs",
        priority=61,
        rate_per_minute=12,
        enabled=False,
    )

    def recognises(self, payload: Payload) -> bool:
        return payload.body.lstrip()[:1] == b"{" and looks_like(payload.body, b"features", b'"severitydata"')

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            features, damage = split_json(payload.body, "features")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        yield from each(features, self._read)
        yield from damage

    def _read(self, fragment: bytes) -> HazardReport:
        feature = msgspec.json.decode(fragment, type=Feature)
        said, stated = feature.properties, feature.properties.severitydata
        if feature.geometry.type != "Point" or len(feature.geometry.coordinates) < 2:
            raise RecordError("geometry", str(feature.geometry)[:80], "a Point")
        flood = gdacs.event_type(said.eventtype) is EventType.FLOOD  # carries 0, which measures nothing
        event = gdacs.Event(
            event_type=said.eventtype,
            event_id=str(said.eventid),
            episode_id=str(said.episodeid),
            name=said.eventname or "",
            title=said.name or said.description,
            description=said.htmldescription,
            url=said.url.report,
            lon=feature.geometry.coordinates[0],
            lat=feature.geometry.coordinates[1],
            begin=_when("fromdate", said.fromdate),
            end=_when("todate", said.todate),
            updated_at=_when("datemodified", said.datemodified),
            alert_level=said.alertlevel,
            alert_score="" if said.alertscore is None else str(said.alertscore),
            severity="" if flood or stated.severity is None else stated.severity,
            severity_unit="" if stated.severityunit == "M" else stated.severityunit,
            severity_text=stated.severitytext,
            glide=said.glide or "",
        )
        return gdacs.report(self.info.id, event, fragment)


def _when(field: str, text: str) -> datetime:
    return utc(text, field=field)
