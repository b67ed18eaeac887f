"""GDACS GeoJSON list of current events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Payload, Reject
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, each, reject_payload
from terraloom.sources.cap import centroid
from terraloom.sources.multihazard import gdacs
from terraloom.sources.splitting import split_json
from terraloom.sources.xmlfeed import looks_like

_LINK = re.compile(r"[?&]eventtype=([A-Za-z]{2})&eventid=(\d+)(?:&episodeid=(\d+))?")
_PREFERRED = ("Poly_Affected", "Poly_area", "Poly_Circle", "Poly_Cones", "Poly_Global")


class Properties(Struct):
    """All values are strings; `eventid` is missing from polygons."""

    link: str
    alertlevel: str
    eventtype: str
    fromdate: str
    todate: str
    kind: str = msgspec.field(name="Class", default="")
    name: str = ""
    description: str = ""
    htmldescription: str = ""
    eventname: str = ""
    eventid: str = ""
    episodeid: str = ""
    alertscore: str = ""
    severity: str = ""


class Feature(Struct):
    properties: Properties
    geometry: dict[str, Any]
    id: str = ""


class GdacsEvents(Source):
    """
    The map feed: per event one centroid and any number of polygons, which are joined to it by their `link`.

    The fragment is the centroid feature. `updated_at` is `todate`, the end of the latest episode, because
    the feed states no time of change; versions of one `todate` are ordered by their episode number, added
    as microseconds. Events leave the feed without being marked ended.
    """

    info = SourceInfo(
        id="gdacs-events",
        title="GDACS current events (GeoJSON)",
        provider="GDACS",
        agency="gdacs",
        url="https://www.gdacs.org/xml/gdacs.geojson",
        every="5m",
        licence=gdacs.LICENCE,
        citation=gdacs.CITATION,
        homepage=gdacs.HOMEPAGE,
        folder="gdacs",
        priority=62,
        rate_per_minute=12,
    )

    def recognises(self, payload: Payload) -> bool:
        told = payload.body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")
        is_app_list = looks_like(payload.body, b'"severitydata"')
        return told and looks_like(payload.body, b"gdacs.org", b"features") and not is_app_list

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            features, damage = split_json(payload.body, "features")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        shapes = _shapes(features)
        for found in each(features, lambda fragment: self._read(fragment, shapes)):
            if found is not None:
                yield found
        yield from damage

    def _read(self, fragment: bytes, shapes: dict[tuple[str, ...], dict[str, Any]]) -> HazardReport | None:
        feature = msgspec.json.decode(fragment, type=Feature)
        said = feature.properties
        if said.kind != "Point_Centroid":
            centroid(feature.geometry)  # a polygon that is none says so itself; a good one is in `shapes`
            return None
        begin, end = when("fromdate", said.fromdate), when("todate", said.todate)
        lon, lat = _point(feature.geometry)
        kind = gdacs.event_type(said.eventtype)
        event = gdacs.Event(
            event_type=said.eventtype,
            event_id=said.eventid or _identity(said)[1],
            episode_id=said.episodeid,
            name=said.eventname,
            title=said.name or said.description,
            description=said.htmldescription,
            url=said.link,
            lon=lon,
            lat=lat,
            begin=begin,
            end=end,
            updated_at=end + timedelta(microseconds=_episode(said.episodeid)),
            alert_level=said.alertlevel,
            alert_score=said.alertscore,
            # Floods carry 0 here, which measures nothing.
            severity="" if kind is EventType.FLOOD else said.severity,
        )
        return gdacs.report(self.info.id, event, fragment, shapes.get(_identity(said)))


def when(field: str, text: str) -> datetime:
    """ "27 May 2026 14:51:04", which is UTC. Raises `RecordError`."""
    try:
        return datetime.strptime(text.strip(), "%d %b %Y %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise RecordError(field, text, "a time such as 27 May 2026 14:51:04") from None


def _identity(said: Properties) -> tuple[str, str, str]:
    """Type, event and episode from the link, which polygons have too. Raises `RecordError`."""
    match = _LINK.search(said.link)
    if match is None:
        raise RecordError("link", said.link, "a report link with eventtype and eventid")
    return match[1].upper(), match[2], match[3] or ""


def _shapes(features: list[bytes]) -> dict[tuple[str, ...], dict[str, Any]]:
    """The most telling polygon of each event. One that cannot be read is left for `_read` to reject."""
    best: dict[tuple[str, ...], tuple[int, dict[str, Any]]] = {}
    for fragment in features:
        try:
            feature = msgspec.json.decode(fragment, type=Feature)
            event, is_area = _identity(feature.properties), centroid(feature.geometry) is not None
        except UNREADABLE:
            continue
        if feature.properties.kind in _PREFERRED and is_area:
            rank = _PREFERRED.index(feature.properties.kind)
            if event not in best or rank < best[event][0]:
                best[event] = rank, feature.geometry
    return {event: geometry for event, (_, geometry) in best.items()}


def _point(geometry: dict[str, Any]) -> tuple[object, object]:
    coordinates = geometry.get("coordinates")
    if geometry.get("type") != "Point" or not isinstance(coordinates, list) or len(coordinates) < 2:
        raise RecordError("geometry", str(geometry)[:80], "a Point")
    return coordinates[0], coordinates[1]


def _episode(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise RecordError("episodeid", text, "digits")
    return int(text)
