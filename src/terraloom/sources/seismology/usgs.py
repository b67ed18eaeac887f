"""
USGS GeoJSON: the wire format that the summary feeds, the FDSN event query and the event detail share.

Format: https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php. Recorded from 2013 (api 1.0.8) to
2025 (1.14.1): `status` is upper-case until 2016, `title` is missing until 2013, `tsunami` null until 2014,
and any of `alert mmi felt cdi nst dmin gap rms` may be null. `ids` is wrapped in commas:
``,nc72852151,us2000a2es,``.

The feature's id is the preferred one of the moment; it moves to another network's when that takes the event
over while the old one stays in `ids`. A deleted event comes back from ``includedeleted=only`` with `status`
"deleted" and, by the maintainers' word (usgs/earthquake-website#2304), without time, magnitude and depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter

import msgspec
from msgspec import Raw, Struct

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Lat, Lon, Measurement, Payload, Reject, ReportStatus, Severity
from terraloom.sources.base import Source, each, reject_payload
from terraloom.sources.seismology import seismic
from terraloom.sources.splitting import split_json
from terraloom.sources.values import epoch_ms

LICENCE = "public domain (U.S. Geological Survey)"
CITATION = (
    "U.S. Geological Survey: Advanced National Seismic System (ANSS) Comprehensive Catalog of Earthquake "
    "Events and Products, doi:10.5066/F7MS3QZH"
)
HOMEPAGE = "https://earthquake.usgs.gov/"
LINE = "usgs-earthquakes"  # the summary feeds and the query are windows on one list

GLOBAL_ERROR_KM, REGIONAL_ERROR_KM = 6.4, 0.5
"""
Medians of `horizontalError` in a recorded week (2016-05-01): network `us` 6.4 km, nc, ci and ak 0.26-0.4
km.
"""

MEASURED = (
    ("mmi", "max_mmi", "1"),
    ("cdi", "max_cdi", "1"),
    ("felt", "felt_reports", "{report}"),
    ("tsunami", "tsunami_flag", "1"),
    ("sig", "significance", "1"),
    ("nst", "stations_used", "{station}"),
    ("dmin", "nearest_station", "deg"),
    ("rms", "rms_residual", "s"),
    ("gap", "azimuthal_gap", "deg"),
)
"""Property, measurement, UCUM unit."""

_measured = attrgetter(*(key for key, _, _ in MEASURED))
LEVELS = {level.value: level for level in Severity}


class Point(Struct):
    coordinates: tuple[Lon | None, Lat | None, float | None]  # third: depth, km, positive down


class Properties(Struct):
    mag: float | None = None
    place: str | None = None
    time: float | None = None  # ms since 1970
    updated: float | None = None  # ms since 1970
    url: str | None = None
    detail: str | None = None
    felt: float | None = None
    cdi: float | None = None
    mmi: float | None = None
    alert: str | None = None
    status: str | None = None
    tsunami: float | None = None
    sig: float | None = None
    net: str | None = None
    ids: str | None = None
    nst: float | None = None
    dmin: float | None = None
    rms: float | None = None
    gap: float | None = None
    magType: str | None = None
    type: str | None = None
    title: str | None = None
    products: Raw = Raw()  # by type; in a detail only


class Feature(Struct):
    properties: Properties
    geometry: Point | None = None
    id: str | None = None


_FEATURES = msgspec.json.Decoder(Feature)
_JSONP = re.compile(rb"\s*eqfeed_callback\s*\((.*)\)\s*;?\s*", re.DOTALL)
EVENT_URL = re.compile(r"/(?:eventpage|detail)/(\w+)")
_FEED_URL = re.compile(rb'"url"\s*:\s*"(https?:\\?/\\?/[^"]*)"')


def unwrapped(body: bytes) -> bytes:
    """`body` without the function call of the JSONP variant (``.geojsonp``)."""
    match = _JSONP.fullmatch(body)
    return match[1] if match else body


def stated_url(payload: Payload) -> str:
    """The address that a collection states of itself in `metadata` (at its head), or ""."""
    head = unwrapped(payload.body[:4096] if len(payload.body) > 4096 else payload.body)
    match = _FEED_URL.search(head.split(b'"features"')[0])
    return match[1].decode("ascii", "replace").replace("\\/", "/") if match else ""


class UsgsSource(Source):
    """A feed of USGS features; a subclass says what it is and which recordings are its own."""

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            features, damage = split_json(unwrapped(payload.body), "features")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        yield from each(features, self.read)
        yield from damage

    def read(self, fragment: bytes) -> HazardReport:
        return read_feature(self.info.id, fragment, _FEATURES.decode(fragment))


def read_feature(source: str, fragment: bytes, feature: Feature) -> HazardReport:
    """One feature as a report. Raises `RecordError` where id, time or place are missing or impossible."""
    stated, name = feature.properties, event_id(feature)
    status = (stated.status or "").lower()
    if status == "deleted":
        return deleted_report(source, fragment, name, stated)
    if feature.geometry is None:
        raise RecordError("geometry", None, "a point")
    lon, lat, depth = feature.geometry.coordinates
    if lon is None or lat is None:
        raise RecordError("geometry.coordinates", [lon, lat], "a longitude and a latitude")
    kind, onset = seismic.kind(stated.type), epoch_ms("properties.time", stated.time)
    return HazardReport(
        source=source,
        agency="usgs",
        source_event_id=name,
        event_type=kind.event_type,
        title=titled(stated, kind.words),
        description=stated.place or "",
        url=stated.url or "",
        onset=onset,
        updated_at=updated(stated) or onset,
        lon=lon,
        lat=lat,
        depth_km=depth,
        magnitude=stated.mag,
        magnitude_type=stated.magType or "",
        severity_level=severity(stated.alert),
        measurements=measurements(stated),
        also_ids=also_ids(stated, name),
        status=kind.status(reviewed=status == "reviewed"),
        time_resolution_s=seismic.time_resolution(onset),
        position_error_km=GLOBAL_ERROR_KM if stated.net in (None, "us") else REGIONAL_ERROR_KM,
        fragment=fragment,
    )


def deleted_report(source: str, fragment: bytes, name: str, stated: Properties) -> HazardReport:
    """
    What is left of a deleted event. Its onset, where no longer stated, is given as the deletion's.

    It speaks for its own id alone: another of its ids may meanwhile be that of an event that lives.
    """
    when = updated(stated)
    onset = epoch_ms("properties.time", stated.time) if stated.time is not None else when
    if onset is None:
        raise RecordError("properties.updated", None, "the time of the deletion")
    return HazardReport(
        source=source,
        agency="usgs",
        source_event_id=name,
        event_type=seismic.kind(stated.type).event_type,
        title=titled(stated, ""),
        url=stated.url or "",
        onset=onset,
        updated_at=when or onset,
        status=ReportStatus.DELETED,
        fragment=fragment,
    )


def event_id(feature: Feature) -> str:
    """The feature's id; copies of the feed that dropped it still have it in their links."""
    if feature.id:
        return feature.id
    for link in (feature.properties.url, feature.properties.detail):
        if link and (match := EVENT_URL.search(link)):
            return match[1]
    raise RecordError("id", feature.id, "an event id, in `id` or in `properties.url`")


def also_ids(stated: Properties, name: str) -> tuple[str, ...]:
    return tuple([other for other in (stated.ids or "").split(",") if other and other != name])


def updated(stated: Properties) -> datetime | None:
    return None if stated.updated is None else epoch_ms("properties.updated", stated.updated)


def titled(stated: Properties, words: str) -> str:
    """USGS' title with what shook where the title does not say it; made like theirs where there is none."""
    if not stated.title:
        return seismic.title(stated.mag, stated.place or "", words)
    return stated.title if not words or words in stated.title.lower() else f"{stated.title} ({words})"


def severity(alert: str | None) -> Severity | None:
    """PAGER's colour; anything else ("pending", "") is no level."""
    return LEVELS.get((alert or "").upper())


def measurements(stated: Properties) -> tuple[Measurement, ...]:
    found = zip(_measured(stated), MEASURED, strict=True)
    return tuple([Measurement(name, value, unit) for value, (_, name, unit) in found if value is not None])
