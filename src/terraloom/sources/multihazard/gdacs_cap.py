"""GDACS CAP RSS: the same events as CAP alerts, with their polygons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from terraloom.records import EventType, HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.cap import polygons
from terraloom.sources.multihazard import gdacs
from terraloom.sources.xmlfeed import Item, looks_like, read_items, text

NOTICE = b"This XML file does not appear to have any style information associated with it."
_BARE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_US_TIME = re.compile(r"\bOn (\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2} [AP]M)\b")
_MAGNITUDE = re.compile(r"Magnitude (-?\d+(?:\.\d+)?)\s*M")
_AREA = re.compile(r"in (\d+(?:\.\d+)?) (km2|ha)\b")
_WIND = re.compile(r"maximum wind speed of (\d+(?:\.\d+)?) km/h")


class GdacsCap(Source):
    """
    Current disasters as CAP 1.2, one alert an item.

    Dates here are cut to the minute; an earthquake's seconds come from its prose, which writes them the US
    way ("4/2/2025 10:45:06 AM"). ``cap:sent`` is not used: it claims UTC and is two hours early in summer.
    `updated_at` is ``datemodified``.

    A document saved from a browser's XML view (its notice before the root, entities written out) is mended:
    the notice is dropped and bare ampersands are escaped, nothing else.
    """

    info = SourceInfo(
        id="gdacs-cap",
        title="GDACS disaster alerts (CAP)",
        provider="GDACS",
        agency="gdacs",
        url="https://www.gdacs.org/xml/gdacs_cap.xml",
        every="5m",
        licence=gdacs.LICENCE,
        citation=gdacs.CITATION,
        homepage=gdacs.HOMEPAGE,
        folder="gdacs",
        priority=61,
        time_resolution_s=60,
        rate_per_minute=12,
        enabled=False,  # says what `gdacs-rss` says; for its polygons
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b"<rss", b"www.gdacs.org", b"urn:oasis:names:tc:emergency:cap:")

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        return read_items(replace(payload, body=mended(payload.body)), "rss", "item", self._read)

    def _read(self, item: Item) -> HazardReport:
        said = parameters(item)
        prose = said.get("severity", "")
        begin = gdacs.when("fromdate", said.get("fromdate", ""))
        magnitude, area, wind = _MAGNITUDE.search(prose), _AREA.search(prose), _WIND.search(prose)
        measured = magnitude or area or wind
        event = gdacs.Event(
            event_type=said.get("eventtype", ""),
            event_id=said.get("eventid", ""),
            episode_id=said.get("currentepisodeid", ""),
            name=said.get("eventname", ""),
            title=item.text("title"),
            description=item.text("description"),
            url=said.get("link", ""),
            lon=item.text("Point/long"),
            lat=item.text("Point/lat"),
            begin=with_seconds(begin, item.text("description")),
            end=gdacs.when("todate", said.get("todate", "")),
            updated_at=gdacs.when("datemodified", said.get("datemodified", "")),
            alert_level=said.get("alertlevel", ""),
            severity=measured[1] if measured else "",
            severity_unit=area[2] if area else "",
            severity_text=prose,
            glide=said.get("glide", ""),
        )
        found = gdacs.report(self.info.id, event, item.fragment, polygons(item.element))
        exact = begin != found.onset and found.event_type is EventType.EARTHQUAKE
        return replace(found, time_resolution_s=1.0 if exact or begin.second else self.info.time_resolution_s)


def parameters(item: Item) -> dict[str, str]:
    """The alert's name-value pairs."""
    pairs = item.element.iterfind(".//{*}parameter")
    return {text(pair, "valueName"): text(pair, "value") for pair in pairs}


def with_seconds(begin: datetime, prose: str) -> datetime:
    """`begin` with the seconds that the prose states, where both speak of the same minute."""
    match = _US_TIME.search(prose)
    if match is None:
        return begin
    try:
        stated = datetime.strptime(match[1], "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC)
    except ValueError:
        return begin  # day before month: not the prose this knows
    return stated if timedelta(0) <= stated - begin < timedelta(minutes=1) else begin


def mended(body: bytes) -> bytes:
    """The document as it was before a browser showed it; any other body unchanged."""
    if not body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(NOTICE):
        return body
    return _BARE_AMPERSAND.sub(b"&amp;", body[max(body.find(b"<"), 0) :])
