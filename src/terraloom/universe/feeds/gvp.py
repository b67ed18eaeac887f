"""volcano.si.edu: the Smithsonian / USGS Weekly Volcanic Activity Report as RSS, as its pages describe it."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from terraloom.universe.agencies import Story, Version
from terraloom.universe.feeds.page import Asked, Page

HOST = "volcano.si.edu"
PATH = "/news/WeeklyVolcanoRSS.xml"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml" \
xmlns:cap="urn:oasis:names:tc:emergency:cap:1.1">
<channel>
<title>Smithsonian / USGS Weekly Volcanic Activity Report</title>
<link>https://volcano.si.edu/reports_weekly.cfm</link>
<description>Reports of volcanic activity of the past week</description>
<language>en-us</language>
<pubDate>{published}</pubDate>
"""
ITEM = """<item>
<title>{name} ({country}) - Report for {first}-{last} - {kind}</title>
<description><![CDATA[<p>Eruptive activity at {name} continued during {first}-{last}.</p>]]></description>
<link>https://volcano.si.edu/showreport.cfm?wvar=GVP.WVAR{code}-{number}</link>
<guid isPermaLink="false">https://volcano.si.edu/showreport.cfm?wvar=GVP.WVAR{code}-{number}</guid>
<pubDate>{published}</pubDate>
<georss:point>{lat} {lon}</georss:point>
</item>
"""


def feed(asked: Asked) -> Page | None:
    """The newest report: its volcanoes, and nothing of earlier weeks."""
    if asked.path != PATH:
        return None
    current = asked.reports.current("gvp", asked.at)
    issue = max((version.published for _, version in current), default=asked.at)
    items = [_item(story, version) for story, version in current if version.published == issue]
    text = HEAD.format(published=format_datetime(issue)) + "".join(items) + "</channel>\n</rss>\n"
    return Page(text.encode(), "application/rss+xml", issue)


def _item(story: Story, version: Version) -> str:
    assert story.hazard is not None, "the Smithsonian reports no eruption that did not happen"
    assert story.hazard.volcano is not None, "an eruption has a volcano"
    first, last = version.published - timedelta(days=8), version.published - timedelta(days=2)
    return ITEM.format(
        name=escape(story.hazard.volcano.name),
        country=escape(story.hazard.volcano.country),
        first=f"{first:%d %B}".lstrip("0"),
        last=f"{last:%d %B %Y}".lstrip("0"),
        kind="New Eruptive Activity" if version.number == 1 else "Continuing Eruptive Activity",
        code=f"{first:%Y%m%d}",
        number=story.hazard.volcano.number,
        published=format_datetime(version.published),
        lat=version.lat,
        lon=version.lon,
    )
