"""GDACS RSS: the default feed, and its windows of 24 hours and 7 days."""

from __future__ import annotations

from collections.abc import Iterator

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.multihazard import gdacs
from terraloom.sources.xmlfeed import Item, looks_like, read_items


class GdacsRss(Source):
    """
    Current disasters. One report per event; those with ``iscurrent=false`` are reports too (they happened).

    `updated_at` is ``datemodified``, which the feed has since 2022; before that the later of ``pubDate`` and
    ``todate``, the end of the latest episode.
    """

    info = SourceInfo(
        id="gdacs-rss",
        title="GDACS disaster alerts",
        provider="GDACS",
        agency="gdacs",
        url="https://www.gdacs.org/xml/rss.xml",
        every="5m",
        licence=gdacs.LICENCE,
        citation=gdacs.CITATION,
        homepage=gdacs.HOMEPAGE,
        folder="gdacs",
        priority=60,
        rate_per_minute=12,
    )
    self_link = b"/xml/rss.xml"

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b"<rss", b"http://www.gdacs.org", self.self_link)

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        return read_items(payload, "rss", "item", self._read)

    def _read(self, item: Item) -> HazardReport:
        begin = gdacs.when("fromdate", item.text("fromdate"))
        end = gdacs.when("todate", item.text("todate"))
        modified = item.text("datemodified")
        event = gdacs.Event(
            event_type=item.text("eventtype"),
            event_id=item.text("eventid"),
            episode_id=item.text("episodeid"),
            name=item.text("eventname"),
            title=item.text("title"),
            description=item.text("description"),
            url=item.text("link"),
            lon=item.text("Point/long"),
            lat=item.text("Point/lat"),
            begin=begin,
            end=end,
            updated_at=gdacs.when("datemodified", modified)
            if modified
            else max(end, gdacs.when("pubDate", item.text("pubDate"))),
            alert_level=item.text("alertlevel"),
            alert_score=item.text("alertscore"),
            severity=item.attribute("severity", "value"),
            severity_unit=item.attribute("severity", "unit"),
            severity_text=item.text("severity"),
            population=item.attribute("population", "value"),
            population_unit=item.attribute("population", "unit"),
            vulnerability=item.attribute("vulnerability", "value"),
            glide=item.text("glide"),
        )
        return gdacs.report(self.info.id, event, item.fragment)


class GdacsRss24h(GdacsRss):
    """The same records for the last 24 hours; off by default, for catching up after a short downtime."""

    info = SourceInfo(
        id="gdacs-rss-24h",
        title="GDACS disaster alerts, past 24 hours",
        provider="GDACS",
        agency="gdacs",
        url="https://www.gdacs.org/xml/rss_24h.xml",
        every="5m",
        licence=gdacs.LICENCE,
        citation=gdacs.CITATION,
        homepage=gdacs.HOMEPAGE,
        folder="gdacs",
        priority=60,
        rate_per_minute=12,
        enabled=False,
    )
    self_link = b"/xml/rss_24h.xml"


class GdacsRss7d(GdacsRss):
    """The same records for the last 7 days; off by default, for catching up after a long downtime."""

    info = SourceInfo(
        id="gdacs-rss-7d",
        title="GDACS disaster alerts, past 7 days",
        provider="GDACS",
        agency="gdacs",
        url="https://www.gdacs.org/xml/rss_7d.xml",
        every="5m",
        licence=gdacs.LICENCE,
        citation=gdacs.CITATION,
        homepage=gdacs.HOMEPAGE,
        folder="gdacs",
        priority=60,
        rate_per_minute=12,
        enabled=False,
    )
    self_link = b"/xml/rss_7d.xml"
