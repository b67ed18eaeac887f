"""NASA Earth Observatory Natural Event Tracker (EONET)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, structs

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Measurement, Payload, Reject
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, each, reject_payload
from terraloom.sources.cap import centroid
from terraloom.sources.cyclones import storms
from terraloom.sources.splitting import split_json
from terraloom.sources.values import lonlat, utc
from terraloom.sources.xmlfeed import looks_like

_CATEGORIES = {  # by id, of version 3 and of version 2
    "drought": EventType.DROUGHT,
    "6": EventType.DROUGHT,
    "dusthaze": EventType.SEVERE_WEATHER,
    "7": EventType.SEVERE_WEATHER,
    "wildfires": EventType.WILDFIRE,
    "8": EventType.WILDFIRE,
    "floods": EventType.FLOOD,
    "9": EventType.FLOOD,
    "severestorms": EventType.SEVERE_WEATHER,
    "10": EventType.SEVERE_WEATHER,
    "volcanoes": EventType.VOLCANO,
    "12": EventType.VOLCANO,
    "watercolor": EventType.OTHER,
    "13": EventType.OTHER,
    "landslides": EventType.LANDSLIDE,
    "14": EventType.LANDSLIDE,
    "sealakeice": EventType.OTHER,
    "15": EventType.OTHER,
    "earthquakes": EventType.EARTHQUAKE,
    "16": EventType.EARTHQUAKE,
    "snow": EventType.SEVERE_WEATHER,
    "17": EventType.SEVERE_WEATHER,
    "tempextremes": EventType.SEVERE_WEATHER,
    "18": EventType.SEVERE_WEATHER,
    "manmade": EventType.OTHER,
    "19": EventType.OTHER,
}
_UNITS = {  # what a magnitude of this unit measures, and the unit in UCUM
    "kts": ("wind_speed", "[kn_i]"),
    "acres": ("burned_area", "[acr_us]"),
    "hectare": ("burned_area", "har"),
    "ha": ("burned_area", "har"),
    "nm^2": ("iceberg_area", "[nmi_i]2"),
    "sq_km": ("area", "km2"),
}
_STORM = re.compile(
    r"(?:(?:Super )?Typhoon|Hurricane|(?:Post-|Sub)?Tropical (?:Storm|Cyclone|Depression)|Cyclone)"
    r"\s+(?P<name>[\w-]+)",
    re.IGNORECASE,
)
_JTWC = re.compile(r"/(?P<basin>[a-z]{2})(?P<number>\d{2})(?P<year>\d{2})(?:web|prog)?\.\w+$", re.IGNORECASE)
_NHC = re.compile(r"nhc\.noaa\.gov/archive/(?P<year>\d{4})/(?P<name>[A-Za-z-]+)\.shtml")
_GDACS = re.compile(r"gdacs\.org/.*?eventtype=(?P<type>[A-Z]{2})&eventid=(?P<id>\d+)", re.IGNORECASE)
_GLIDE = re.compile(r"reliefweb\.int/disaster/(?P<glide>[a-z]{2}-\d{4}-\d{6}-[a-z]{3})\b", re.IGNORECASE)


class Named(Struct):
    """A category; its id is text in version 3 and a number in version 2."""

    id: str | int
    title: str = ""


class Origin(Struct):
    """Who reports the event, and where."""

    id: str
    url: str = ""


class Place(Struct, rename="camel"):
    """Where the event was at one time."""

    date: str
    type: str
    coordinates: list[Any]
    magnitude_value: float | None = None
    magnitude_unit: str | None = None


class Event(Struct):
    id: str
    title: str
    categories: list[Named]
    description: str | None = None
    link: str = ""
    closed: str | None = None
    sources: list[Origin] = []
    geometry: list[Place] = []
    geometries: list[Place] = []  # version 2


class Told(Event, rename="camel"):
    """What GeoJSON says of an event, once for each of its places."""

    date: str = ""
    magnitude_value: float | None = None
    magnitude_unit: str | None = None


class Shape(Struct):
    type: str
    coordinates: list[Any]


class Feature(Struct):
    properties: Told
    geometry: Shape


class Eonet(Source):
    """
    Events of all kinds, with the agencies that report them: one report per event, at its latest place.

    Storms that are tropical by their title are cyclones, other storms severe weather; icebergs and water
    colour are of the type `other`. What `sources` link to gives identity keys: ATCF ids (JTWC), names of
    storms (NHC), GLIDE numbers (ReliefWeb), GDACS events. `updated_at` is the latest date that the event
    states. Reads versions 3 (`geometry`, or the GeoJSON of ``/events/geojson``, whose features of one event
    are its places) and 2.1 (`geometries`); the recordings are 2.1, version 3 is read by its public
    description.
    """

    info = SourceInfo(
        id="eonet-events",
        title="Natural events",
        provider="NASA EONET",
        agency="eonet",
        url="https://eonet.gsfc.nasa.gov/api/v3/events",
        every="1h",
        licence="public domain (US government work); the named sources' terms apply",
        citation="NASA Earth Observatory Natural Event Tracker (EONET)",
        homepage="https://eonet.gsfc.nasa.gov/",
        folder="catalogs/eonet-2019-08",
        extra_folders=("catalogs/eonet-2019-10-wildfires",),
        priority=80,
        position_error_km=5,
        rate_per_minute=6,
    )

    def recognises(self, payload: Payload) -> bool:
        told = is_geojson(payload.body) or looks_like(payload.body, b'"events"')
        return told and looks_like(payload.body, b"EONET") and payload.body.lstrip()[:1] == b"{"

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        geojson = is_geojson(payload.body)
        try:
            found, damage = split_json(payload.body, "features" if geojson else "events")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        yield from each(by_event(found), self._read_features) if geojson else each(found, self._read)
        yield from damage

    def _read(self, fragment: bytes) -> HazardReport:
        return self._report(msgspec.json.decode(fragment, type=Event), fragment)

    def _read_features(self, fragment: bytes) -> HazardReport:
        features = msgspec.json.decode(fragment, type=list[Feature])
        event = features[-1].properties
        return self._report(structs.replace(event, geometry=[_place(one) for one in features]), fragment)

    def _report(self, event: Event, fragment: bytes) -> HazardReport:
        places = sorted(
            ((utc(place.date, field="date"), place) for place in event.geometry or event.geometries),
            key=lambda pair: pair[0],
        )
        if not places:
            raise RecordError("geometry", [], "at least one place")
        at, latest = places[-1]
        lon, lat = position(latest)
        kind = event_type(event)
        closed = utc(event.closed, field="closed") if event.closed else None
        return HazardReport(
            source=self.info.id,
            agency="eonet",
            source_event_id=event.id,
            event_type=kind,
            title=event.title.strip(),
            description=event.description or "",
            url=event.link,
            lon=lon,
            lat=lat,
            onset=at,
            updated_at=max(at, closed) if closed else at,
            valid_until=closed,
            measurements=tuple(_measurements(latest)),
            keys=tuple(dict.fromkeys(_keys(event, kind, at, lon, lat))),
            geometry=shape([place for _, place in places]),
            position_error_km=self.info.position_error_km,
            fragment=fragment,
        )


def is_geojson(body: bytes) -> bool:
    return looks_like(body, b'"FeatureCollection"')


def by_event(features: list[bytes]) -> list[bytes]:
    """Features of one event together, as an array; one that does not say whose it is stands alone."""
    found: dict[str | int, list[bytes]] = {}
    for n, fragment in enumerate(features):
        try:
            event: str | int = msgspec.json.decode(fragment, type=Feature).properties.id
        except UNREADABLE:
            event = n
        found.setdefault(event, []).append(fragment)
    return [b"[" + b",".join(parts) + b"]" for parts in found.values()]


def _place(feature: Feature) -> Place:
    said = feature.properties
    return Place(
        date=said.date,
        type=feature.geometry.type,
        coordinates=feature.geometry.coordinates,
        magnitude_value=said.magnitude_value,
        magnitude_unit=said.magnitude_unit,
    )


def event_type(event: Event) -> EventType:
    """The hazard of an event's first category. Raises `RecordError`."""
    category = str(event.categories[0].id).lower() if event.categories else ""
    if category not in _CATEGORIES:
        raise RecordError("categories", category, "a category of EONET")
    kind = _CATEGORIES[category]
    if kind is EventType.SEVERE_WEATHER and category in ("severestorms", "10") and _STORM.match(event.title):
        return EventType.TROPICAL_CYCLONE
    return kind


def position(place: Place) -> tuple[float, float]:
    """A point's longitude and latitude, or the middle of a polygon. Raises `RecordError`."""
    middle = centroid({"type": place.type, "coordinates": place.coordinates})
    if middle is not None:
        return middle
    if place.type != "Point" or len(place.coordinates) < 2:
        raise RecordError("geometry", str(place.coordinates)[:80], "a Point or a Polygon")
    return lonlat(place.coordinates[0], place.coordinates[1])


def shape(places: list[Place]) -> dict[str, Any] | None:
    """The latest polygon, or the track of several points; None of a single point."""
    if places[-1].type != "Point":
        return {"type": places[-1].type, "coordinates": places[-1].coordinates}
    track = [position(place) for place in places if place.type == "Point"]
    return {"type": "LineString", "coordinates": track} if len(track) > 1 else None


def _measurements(place: Place) -> Iterator[Measurement]:
    known = _UNITS.get((place.magnitude_unit or "").lower())
    if known is not None and place.magnitude_value is not None:
        yield Measurement(known[0], place.magnitude_value, known[1])


def _keys(event: Event, kind: EventType, at: datetime, lon: float, lat: float) -> Iterator[str]:
    named = _STORM.match(event.title) if kind is EventType.TROPICAL_CYCLONE else None
    for origin in event.sources:
        url = html.unescape(origin.url)
        if (glide := _GLIDE.search(url)) is not None:
            yield f"glide:{glide['glide'].upper()}"
        if (other := _GDACS.search(url)) is not None:
            yield f"gdacs:{other['type'].upper()}{other['id']}"
        if origin.id == "JTWC" and (atcf := _JTWC.search(url)) is not None:
            found = f"{atcf['basin']}{atcf['number']}20{atcf['year']}".upper()
            yield from storms.keys(found, named["name"] if named else "")
        if (archived := _NHC.search(url)) is not None:
            for basin in storms.basins_at(lon, lat):
                yield from storms.storm_key(archived["name"], int(archived["year"]), basin)
    if named is not None and lat >= 0:  # southern seasons span two years: a date does not tell which
        for basin in storms.basins_at(lon, lat):
            yield from storms.storm_key(named["name"], at.year, basin)
