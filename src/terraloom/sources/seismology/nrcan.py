"""
Earthquakes Canada (Natural Resources Canada): recent significant earthquakes, as RSS in English or French.

https://www.earthquakescanada.nrcan.gc.ca/. Both languages speak of an event under the same id, the
UTC minute in its page's address (``20180929.1332``). Times are cut to the minute, positions to 0.01 degrees.
The date in a title is local, and French magnitudes have a decimal comma. There is neither depth nor a time
of update (the moment of receipt stands for that). Items without a place are news, and no events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.seismology import seismic
from terraloom.sources.seismology.emsc import HUNDREDTH_DEGREE_KM
from terraloom.sources.values import lonlat, number, rfc822
from terraloom.sources.xmlfeed import Item, find, looks_like, read_items

MINUTE_S = 60.0

_PAGE = re.compile(r"/recent_eq/\d{4}/(?P<id>\d{8}\.\d{4}[a-z]?)/")
_TITLE = re.compile(r"[\d-]+: M=(?P<size>-?\d+(?:[.,]\d+)?) - (?P<place>.+)", re.DOTALL)


class NrcanEarthquakes(Source):
    info = SourceInfo(
        id="nrcan-earthquakes",
        title="Recent significant earthquakes in Canada",
        provider="Natural Resources Canada",
        agency="nrcan",
        url="https://www.earthquakescanada.nrcan.gc.ca/index-en.php?tpl_region=canada&tpl_output=rss",
        every="15m",  # its <ttl>
        licence="Open Government Licence - Canada",
        citation="Natural Resources Canada: Earthquakes Canada, earthquakescanada.nrcan.gc.ca",
        homepage="https://www.earthquakescanada.nrcan.gc.ca/",
        folder="nrcan",
        priority=30,
        time_resolution_s=MINUTE_S,
        position_error_km=HUNDREDTH_DEGREE_KM,
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b"<rss") and any(
            name in payload.body[:4096] for name in (b"earthquakescanada", b"seismescanada")
        )

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        return read_items(payload, "rss", "item", lambda item: self.read(item, payload))

    def read(self, item: Item, payload: Payload) -> HazardReport | None:
        """One earthquake; None for news. Raises `RecordError`."""
        if find(item.element, "where") is None:
            return None
        page = _PAGE.search(item.text("link"))
        said = _TITLE.fullmatch(" ".join(item.text("title").split()))
        if page is None or said is None:
            where = item.text("title"), item.text("link")
            raise RecordError("title, link", where, "a date, M= and a place; a page below /recent_eq/")
        lon, lat = _position(item)
        magnitude, place = number("M", said["size"].replace(",", ".")), said["place"]
        return HazardReport(
            source=self.info.id,
            agency=self.info.agency,
            source_event_id=page["id"],
            event_type=EventType.EARTHQUAKE,
            title=seismic.title(magnitude, place),
            description=place,
            url=item.text("link"),
            onset=rfc822(item.text("pubDate")),
            updated_at=payload.fetched_at,
            lon=lon,
            lat=lat,
            magnitude=magnitude,
            time_resolution_s=self.info.time_resolution_s,
            position_error_km=self.info.position_error_km,
            fragment=item.fragment,
        )


def _position(item: Item) -> tuple[float, float]:
    """`gml:pos` is "latitude longitude". Raises `RecordError`."""
    parts = item.text("where/Point/pos").split()
    if len(parts) != 2:
        raise RecordError("gml:pos", item.text("where/Point/pos"), "latitude and longitude")
    return lonlat(parts[1], parts[0])
