"""
EMSC, the European-Mediterranean Seismological Centre: earthquakes worldwide, from the FDSN service and the
RSS feed.

https://www.seismicportal.eu/fdsn-wsevent.html. In the JSON, `coordinates` holds minus the depth while
`properties.depth` is positive; `evtype` is a two-letter ISC code ("ke": known earthquake); features are
written with line breaks inside. `source_id` there and `id=` in a link of the RSS number the same events, so
that both feeds speak of them alike. The RSS gives positions to 0.01 degrees. Status, where given, is
AUTOMATIC or REVIEWED.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Lat, Lon, Payload, Reject, ReportStatus
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.seismology import quakeml, seismic
from terraloom.sources.seismology.quakeml import Dialect
from terraloom.sources.splitting import split_json
from terraloom.sources.values import lonlat, optional_number, rfc822, utc
from terraloom.sources.xmlfeed import Item, read_items

LICENCE = "CC BY 4.0"
CITATION = "EMSC (European-Mediterranean Seismological Centre), seismicportal.eu"
HUNDREDTH_DEGREE_KM = 0.5  # one sigma of rounding both coordinates to 0.01 degrees


class Properties(Struct):
    unid: str
    time: str
    lat: Lat
    lon: Lon
    depth: float | None = None  # km, positive down
    mag: float | None = None
    magtype: str | None = None
    lastupdate: str | None = None
    flynn_region: str | None = None
    evtype: str | None = None
    source_id: str | int | None = None


class Feature(Struct):
    properties: Properties


class EmscEarthquakes(Source):
    info = SourceInfo(
        id="emsc-earthquakes",
        title="Earthquakes worldwide, latest",
        provider="EMSC",
        agency="emsc",
        url="https://www.seismicportal.eu/fdsnws/event/1/query?format=json&orderby=time&limit=300",
        every="5m",
        licence=LICENCE,
        citation=CITATION,
        homepage="https://www.emsc-csem.org/",
        folder="emsc",
        extra_folders=("fdsn-misc",),
        priority=30,
        time_resolution_s=1.0,
        position_error_km=0.0,
    )
    dialect = Dialect(agency="emsc")

    def recognises(self, payload: Payload) -> bool:
        head = payload.body[:2048]
        return b'"flynn_region"' in head or (quakeml.looks_like(head) and b"eu.emsc" in head)

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        if payload.body.lstrip()[:1] == b"<":
            yield from quakeml.parse(payload, self.dialect, self.info)
            return
        try:
            features, damage = split_json(payload.body, "features")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        yield from each(features, lambda fragment: self.read(fragment, payload))
        yield from damage

    def read(self, fragment: bytes, payload: Payload) -> HazardReport:
        stated = msgspec.json.decode(fragment, type=Feature).properties
        if not stated.unid:
            raise RecordError("properties.unid", stated.unid, "an event id")
        kind, place = seismic.isc_kind(stated.evtype), stated.flynn_region or ""
        return HazardReport(
            source=self.info.id,
            agency="emsc",
            source_event_id=stated.unid,
            also_ids=(str(stated.source_id),) if stated.source_id else (),
            event_type=kind.event_type,
            title=seismic.title(stated.mag, place, kind.words),
            description=place,
            url=f"https://www.seismicportal.eu/eventdetails.html?unid={stated.unid}",
            onset=utc(stated.time),
            updated_at=utc(stated.lastupdate, field="lastupdate")
            if stated.lastupdate
            else payload.fetched_at,
            lon=stated.lon,
            lat=stated.lat,
            depth_km=stated.depth,
            magnitude=stated.mag,
            magnitude_type=stated.magtype or "",
            status=kind.status(reviewed=False),
            fragment=fragment,
        )


class EmscRss(Source):
    info = SourceInfo(
        id="emsc-earthquakes-rss",
        title="Earthquakes in Europe and the Mediterranean, latest 50",
        provider="EMSC",
        agency="emsc",
        url="https://www.emsc-csem.org/service/rss/rss.php?typ=emsc",
        every="5m",
        licence=LICENCE,
        citation=CITATION,
        homepage="https://www.emsc-csem.org/",
        folder="emsc",
        priority=31,
        time_resolution_s=1.0,
        position_error_km=HUNDREDTH_DEGREE_KM,
    )

    def recognises(self, payload: Payload) -> bool:
        return b"<rss" in payload.body[:512] and b"emsc-csem.org" in payload.body[:2048]

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        return read_items(payload, "rss", "item", self.read)

    def read(self, item: Item) -> HazardReport:
        lon, lat = lonlat(item.text("long"), item.text("lat"))
        scale, size = _magnitude(item.text("magnitude"))
        return HazardReport(
            source=self.info.id,
            agency="emsc",
            source_event_id=_number_in(item.text("link")),
            event_type=EventType.EARTHQUAKE,
            title=item.text("title"),
            url=item.text("link"),
            onset=utc(item.text("time")),
            updated_at=rfc822(item.text("pubDate")),
            lon=lon,
            lat=lat,
            depth_km=optional_number("depth", item.text("depth").removesuffix("f").rstrip()),  # "10 f": fixed
            magnitude=size,
            magnitude_type=scale,
            status=ReportStatus.REVIEWED if item.text("status") == "REVIEWED" else ReportStatus.AUTOMATIC,
            position_error_km=HUNDREDTH_DEGREE_KM,
            fragment=item.fragment,
        )


def _number_in(link: str) -> str:
    match = re.search(r"[?&]id=(\w+)", link)
    if match is None:
        raise RecordError("link", link, "an address with the event's id")
    return match[1]


def _magnitude(text: str) -> tuple[str, float | None]:
    """Type and value of ``ML 1.2``; either may be missing."""
    scale, _, value = text.rpartition(" ")
    return scale.strip(), optional_number("magnitude", value)
