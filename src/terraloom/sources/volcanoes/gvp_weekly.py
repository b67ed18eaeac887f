"""Smithsonian/USGS Weekly Volcanic Activity Report as RSS."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.values import lonlat, rfc822
from terraloom.sources.volcanoes import gvp
from terraloom.sources.xmlfeed import Item, looks_like, read_items

_TITLE = re.compile(
    r"(?P<volcano>.+?)\s*\((?P<country>[^()]*)\)\s*-\s*Report for\s+(?P<week>.+?)(?:\s+-\s+.*)?$"
)
_VOLCANO_NUMBER = re.compile(r"(?:vn=|WVAR\d{8}[-_])(\d{6})\b")
_WEEK = re.compile(
    r"(?P<day>\d{1,2})(?:\s+(?P<month>[A-Za-z]+))?(?:\s+(?P<year>\d{4}))?\s*[-–]\s*"
    r"(?P<last_day>\d{1,2})\s+(?P<last_month>[A-Za-z]+)\s+(?P<last_year>\d{4})"
)
_TAG = re.compile(r"<[^<>]{0,500}>")


class GvpWeekly(Source):
    """
    One report per volcano and week. Built from the feed's public description: no recording was at hand.

    The event is the volcano's activity, under its number; each week's report is a version of it. Onset is the
    first day of the week that the title names, `updated_at` is `pubDate`.
    """

    info = SourceInfo(
        id="gvp-weekly",
        title="Weekly volcanic activity",
        provider="GVP",
        agency="gvp",
        url="https://volcano.si.edu/news/WeeklyVolcanoRSS.xml",
        every="1d",
        licence=gvp.LICENCE,
        citation=gvp.CITATION,
        homepage="https://volcano.si.edu/reports_weekly.cfm",
        folder="gvp",
        priority=44,
        time_resolution_s=7 * 86_400,
        position_error_km=1,
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b"<rss", b"volcano.si.edu")

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        return read_items(payload, "rss", "item", self._read)

    def _read(self, item: Item) -> HazardReport:
        title = " ".join(item.text("title").split())
        said = _TITLE.match(title)
        if said is None:
            raise RecordError("title", title, "Volcano (Country) - Report for a week")
        link = item.text("link") + " " + item.text("guid")
        number = _VOLCANO_NUMBER.search(link)
        if number is None:
            raise RecordError("link", link, "a link with the volcano's number")
        lat, lon = _position(item)
        return HazardReport(
            source=self.info.id,
            agency="gvp",
            source_event_id=f"volcano-{number[1]}",
            event_type=EventType.VOLCANO,
            title=f"Activity of {said['volcano']}, {said['country']}".removesuffix(", "),
            description=" ".join(html.unescape(_TAG.sub(" ", item.text("description"))).split()),
            url=item.text("link"),
            lon=lon,
            lat=lat,
            onset=first_day(said["week"]),
            updated_at=rfc822(item.text("pubDate")),
            keys=(gvp.key(number[1]),),
            time_resolution_s=self.info.time_resolution_s,
            position_error_km=self.info.position_error_km,
            fragment=item.fragment,
        )


def _position(item: Item) -> tuple[float, float]:
    """Latitude and longitude of `georss:point` ("lat lon"). Raises `RecordError`."""
    parts = item.text("point").replace(",", " ").split()
    if len(parts) != 2:
        raise RecordError("georss:point", item.text("point"), "latitude and longitude")
    lon, lat = lonlat(parts[1], parts[0])
    return lat, lon


def first_day(week: str) -> datetime:
    """The first day of "8 January-14 January 2025", "26 December 2024-1 January 2025".

    Raises `RecordError`.
    """
    match = _WEEK.search(week)
    if match is None:
        raise RecordError("week", week, "a week such as 8 January-14 January 2025")
    month, year = match["month"] or match["last_month"], match["year"] or match["last_year"]
    try:
        first = datetime.strptime(f"{match['day']} {month} {year}", "%d %B %Y").replace(tzinfo=UTC)
        last_text = f"{match['last_day']} {match['last_month']} {match['last_year']}"
        last = datetime.strptime(last_text, "%d %B %Y").replace(tzinfo=UTC)
        return first if first <= last else first.replace(year=first.year - 1)  # a week over New Year
    except ValueError:
        raise RecordError("week", week, "a week such as 8 January-14 January 2025") from None
