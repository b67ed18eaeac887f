"""
USGS PAGER: estimated impact of an earthquake, as ``pager.xml`` and ``event.json`` of the losspager product.

Both name the event under its USGS id, so they are reports of it: alert level, greatest intensity and, in
the XML, people per intensity (Modified Mercalli; `exposure` between dmin and dmax, so 6.5..7.5 is VII). The
other files of the product (alerts, exposures, losses) do not say which event they are of and are not read
here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import msgspec
from lxml import etree
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Lat, Lon, Measurement, Payload, Reject
from terraloom.sources.base import UNREADABLE, Fetcher, Source, SourceInfo, reject_payload
from terraloom.sources.seismology import seismic
from terraloom.sources.seismology.usgs import CITATION, GLOBAL_ERROR_KM, LICENCE, severity
from terraloom.sources.seismology.usgs_detail import UsgsEarthquakesDetail
from terraloom.sources.seismology.usgs_products import PAGER
from terraloom.sources.values import lonlat, number, safe_xml, utc


class Event(Struct):
    eventid: str
    time: str
    lat: Lat
    lon: Lon
    depth: float
    mag: float
    location: str = ""


class Pager(Struct):
    processing_time: str
    alert_level: str
    maxmmi: float


class EventFile(Struct):
    event: Event
    pager: Pager


class UsgsPager(Source):
    """Its payloads come with those of ``usgs-earthquakes-detail``, so that it is not polled by itself."""

    info = SourceInfo(
        id=PAGER,
        title="PAGER: estimated impact of significant earthquakes",
        provider="USGS",
        agency="usgs",
        url="https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/significant_week.geojson",
        every="15m",
        licence=LICENCE,
        citation=CITATION,
        homepage="https://earthquake.usgs.gov/data/pager/",
        folder="usgs-earthquakes",
        priority=22,
        time_resolution_s=1.0,
        position_error_km=GLOBAL_ERROR_KM,
        enabled=False,
    )

    async def _fetch_each(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        async for payload in UsgsEarthquakesDetail().fetch(fetcher):
            if payload.kind == "pager":
                yield payload

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body)

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            yield read(self.info.id, payload)
        except UNREADABLE as error:
            yield reject_payload(payload, error)


def looks_like(body: bytes) -> bool:
    """Whether `body` is one of the two files."""
    head = body[:2048]
    return b"<pager " in head or (b'"event"' in head and b'"pager"' in head and b'"eventid"' in head)


def read(source: str, payload: Payload) -> HazardReport:
    """The report in either file. Raises `RecordError` or `msgspec.ValidationError`."""
    return (
        _from_xml(source, payload.body)
        if b"<pager " in payload.body[:2048]
        else _from_json(source, payload.body)
    )


def _from_json(source: str, body: bytes) -> HazardReport:
    stated = msgspec.json.decode(body, type=EventFile)
    event, pager = stated.event, stated.pager
    return HazardReport(
        source=source,
        agency="usgs",
        source_event_id=event.eventid,
        event_type=EventType.EARTHQUAKE,
        title=seismic.title(event.mag, event.location),
        description=event.location,
        onset=utc(event.time, field="event.time"),
        updated_at=utc(pager.processing_time, field="pager.processing_time"),
        lon=event.lon,
        lat=event.lat,
        depth_km=event.depth,
        magnitude=event.mag,
        severity_level=severity(pager.alert_level),
        measurements=(Measurement("pager_max_mmi", pager.maxmmi, "1"),),
        fragment=body,
    )


def _from_xml(source: str, body: bytes) -> HazardReport:
    root = safe_xml(body)
    event = root.find("event")
    if event is None:
        raise RecordError("event", None, "an element <event>")
    lon, lat = lonlat(event.get("lon"), event.get("lat"))
    magnitude, place = number("magnitude", event.get("magnitude")), event.get("event_description") or ""
    return HazardReport(
        source=source,
        agency="usgs",
        source_event_id=_required(event, "eventcode"),
        event_type=EventType.EARTHQUAKE,
        title=seismic.title(magnitude, place),
        description=place,
        onset=utc(event.get("event_timestamp"), field="event_timestamp"),
        updated_at=utc(root.get("process_timestamp"), field="process_timestamp"),
        lon=lon,
        lat=lat,
        depth_km=number("depth", event.get("depth")),
        magnitude=magnitude,
        severity_level=severity(_summary_level(root)),
        measurements=tuple(_measured(root, event)),
        fragment=body,
    )


def _required(element: etree._Element, name: str) -> str:
    found = element.get(name)
    if not found:
        raise RecordError(name, found, "an event id")
    return str(found)


def _summary_level(root: etree._Element) -> str | None:
    """The colour of the alert that PAGER puts in front: the worse of fatalities and losses."""
    return next((alert.get("level") for alert in root.iter("alert") if alert.get("summary") == "yes"), None)


def _measured(root: etree._Element, event: etree._Element) -> Iterator[Measurement]:
    yield Measurement("pager_max_mmi", number("maxmmi", event.get("maxmmi")), "1")
    for exposure in root.iter("exposure"):
        intensity = round(number("dmax", exposure.get("dmax")) - 0.5)
        people = number("exposure", exposure.get("exposure"), low=0)
        yield Measurement(f"population_mmi_{intensity}", people, "{person}")
