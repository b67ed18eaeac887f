"""www.gdacs.org: the RSS feed (with a byte-order mark, as sent) and the GeoJSON event list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
import numpy as np

from terraloom.records import EventType
from terraloom.universe.agencies import Story, Version
from terraloom.universe.cyclones import KMH_PER_KNOT
from terraloom.universe.feeds.page import Asked, Page, floor
from terraloom.universe.places import Place, nearest

HOST = "www.gdacs.org"
RSS = {
    "/xml/rss.xml": timedelta(days=4),
    "/xml/rss_24h.xml": timedelta(days=1),
    "/xml/rss_7d.xml": timedelta(days=7),
}
GEOJSON = "/xml/gdacs.geojson"
SLOW = timedelta(days=200)  # how far back an event may have begun and still be listed while it lasts

HEAD = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" xmlns:asgard="http://asgard.jrc.it" \
xmlns:gdacs="http://www.gdacs.org" xmlns:glide="http://glidenumber.net" \
xmlns:georss="http://www.georss.org/georss" xmlns:atom="http://www.w3.org/2005/Atom">
  <channel>
    <title>GDACS RSS information</title>
    <link>http://www.gdacs.org/</link>
    <description>Near real-time alerts about natural disasters</description>
    <managingEditor>editor@gdacs.example</managingEditor>
    <webMaster>editor@gdacs.example</webMaster>
    <pubDate>{published}</pubDate>
    <atom:link href="http://www.gdacs.org{path}" rel="self" type="application/rss+xml" />
"""
ITEM = """    <item>
      <title>{title}</title>
      <description>{description}</description>
      <enclosure type="image/png" length="1" url="http://www.gdacs.org/saved/{low}/{low}{episode}.png" />
      <gdacs:temporary>false</gdacs:temporary>
      <link>http://www.gdacs.org/report.aspx?eventtype={kind}&amp;eventid={number}</link>
      <pubDate>{published}</pubDate>
      <gdacs:dateadded>{added}</gdacs:dateadded>
      <gdacs:datemodified>{modified}</gdacs:datemodified>
      <gdacs:iscurrent>{current}</gdacs:iscurrent>
      <gdacs:fromdate>{onset}</gdacs:fromdate>
      <gdacs:todate>{last}</gdacs:todate>
      <gdacs:durationinweek>{weeks}</gdacs:durationinweek>
      <gdacs:year>{year}</gdacs:year>
      <dc:subject>{kind}{level}</dc:subject>
      <guid isPermaLink="false">{kind}{number}</guid>
      <geo:Point>
        <geo:lat>{lat}</geo:lat>
        <geo:long>{lon}</geo:long>
      </geo:Point>
      <!--gdacs:bbox format = lonmin lonmax latmin latmax-->
      <gdacs:bbox>{bbox}</gdacs:bbox>
      <georss:point>{lat} {lon}</georss:point>
      <gdacs:cap>http://www.gdacs.org/contentdata/resources/{kind}/{number}/cap_{number}.xml</gdacs:cap>
      <gdacs:icon>http://www.gdacs.org/Images/gdacs_icons/alerts/{colour}/{kind}.png</gdacs:icon>
      <gdacs:version>{version}</gdacs:version>
      <gdacs:eventtype>{kind}</gdacs:eventtype>
      <gdacs:alertlevel>{colour}</gdacs:alertlevel>
      <gdacs:alertscore>{level}</gdacs:alertscore>
      <gdacs:episodealertlevel>{colour}</gdacs:episodealertlevel>
      <gdacs:episodealertscore>{level}</gdacs:episodealertscore>
      <gdacs:eventname>{name}</gdacs:eventname>
      <gdacs:eventid>{number}</gdacs:eventid>
      <gdacs:episodeid>{episode}</gdacs:episodeid>
      <gdacs:calculationtype />
      <gdacs:severity unit={unit} value="{value}">{severity}</gdacs:severity>
      <gdacs:population unit="Population affected" value="{population}">{people}</gdacs:population>
      <gdacs:vulnerability value="0" />
      <gdacs:iso3>{iso3}</gdacs:iso3>
      <gdacs:country>{country}</gdacs:country>
      <gdacs:glide />
      <gdacs:mapimage />
      <gdacs:maplink />
      <gdacs:gtsimage />
      <gdacs:gtslink />
      <gdacs:resources />
      {identifiers}
    </item>
"""


def feed(asked: Asked) -> Page | None:
    generated = floor(asked.at, timedelta(minutes=6))
    if asked.path in RSS:
        return Page(_rss(asked, RSS[asked.path], generated), "text/xml; charset=utf-8", generated)
    if asked.path == GEOJSON:
        return Page(_geojson(asked, generated), "application/geo+json", generated)
    return None


def listed(asked: Asked, at: datetime, window: timedelta) -> list[tuple[Story, Version]]:
    """Events that began within `window`, and slower ones that still last or ended within it."""
    return [
        (story, version)
        for story, version in asked.reports.current("gdacs", at, SLOW)
        if story.hazard is not None and max(version.onset, story.hazard.end) >= at - window
    ]


def _rss(asked: Asked, window: timedelta, generated: datetime) -> bytes:
    items = [_item(story, version, generated) for story, version in listed(asked, generated, window)]
    head = HEAD.format(published=_date(generated), path=asked.path)
    return ("\ufeff" + head + "".join(items) + "  </channel>\n</rss>\n").encode()


def _item(story: Story, version: Version, now: datetime) -> str:
    assert story.hazard is not None, "GDACS publishes no event that did not happen"
    kind = story.hazard.type
    place = nearest(version.lon, version.lat)
    colour = alert(kind, version, place)
    unit, value, severity = _severity(kind, version)
    last = version.updated if kind is not EventType.EARTHQUAKE else version.onset
    return ITEM.format(
        title=escape(_title(kind, version, place, colour)),
        description=escape(f"{_title(kind, version, place, colour)} {severity}"),
        low=kind.value.lower(),
        kind=kind.value,
        number=version.id[2:],
        episode=_episode(version, kind),
        published=_date(last),
        added=_date(story.versions[0].published),
        modified=_date(version.updated),
        current=str(story.hazard.end > now - timedelta(days=1)).lower(),
        onset=_date(version.onset),
        last=_date(last),
        weeks=(last - version.onset).days // 7,
        year=version.onset.year,
        level=LEVELS.index(colour) + 1,
        lat=version.lat,
        lon=version.lon,
        bbox=_bbox(version),
        colour=colour,
        version=version.number,
        name=escape(event_name(story, place)),
        unit=quoteattr(unit),
        value=value,
        severity=escape(severity),
        population=0 if place.distance_km > 100 else place.population,
        people="No people within 100km" if place.distance_km > 100 else "Few people affected",
        iso3=place.iso3,
        country=escape(place.country),
        identifiers=_identifiers(kind, version),
    )


LEVELS = ("Green", "Orange", "Red")


def alert(kind: EventType, version: Version, place: Place) -> str:
    """GDACS' colour, from how large it is and how near to people."""
    orange, red = {
        EventType.EARTHQUAKE: (6.3, 7.0),
        EventType.TROPICAL_CYCLONE: (80, 115),
        EventType.FLOOD: (15_000, 35_000),
        EventType.DROUGHT: (150_000, 350_000),
        EventType.VOLCANO: (2, 3),
        EventType.WILDFIRE: (300, 800),
    }[kind]
    near = place.distance_km < (100 if kind is EventType.EARTHQUAKE else 600)
    return LEVELS[int(near and version.size >= orange) + int(near and version.size >= red)]


def _severity(kind: EventType, version: Version) -> tuple[str, str, str]:
    """Unit, value and text of `gdacs:severity`: each hazard has its own unit."""
    if kind is EventType.EARTHQUAKE:
        return "M", f"{version.size}", f"Magnitude {version.size}M, Depth:{version.depth_km}km"
    if kind is EventType.TROPICAL_CYCLONE:
        kmh = version.size * KMH_PER_KNOT
        return "km/h", f"{kmh:.3f}", f"{storm_class(version.size)} (maximum wind speed of {kmh:.0f} km/h)"
    if kind is EventType.DROUGHT:
        return (
            "km2",
            f"{version.size:.0f}",
            f"Minor impact for agricultural drought in {version.size:.0f} km2",
        )
    if kind is EventType.WILDFIRE:
        hectares = version.size * 100
        return "ha", f"{hectares:.0f}", f"Green impact for forest fire in {hectares:.0f} ha"
    return "", "0", f"Magnitude {version.number} " if kind is EventType.FLOOD else ""


def storm_class(wind_kt: float) -> str:
    if wind_kt < 34:
        return "Tropical Depression"
    return "Tropical Storm" if wind_kt < 64 else f"Hurricane/Typhoon > 74 mph, category {_category(wind_kt)}"


def _category(wind_kt: float) -> int:
    """Saffir-Simpson."""
    return 1 + sum(wind_kt >= limit for limit in (83, 96, 113, 137))


def _title(kind: EventType, version: Version, place: Place, colour: str) -> str:
    country = place.country
    if kind is EventType.EARTHQUAKE:
        when = version.onset.strftime("%d/%m/%Y %H:%M UTC")
        return (
            f"{colour} earthquake alert (Magnitude {version.size}M, Depth:{version.depth_km}km) in {country} "
            f"{when}, Few people within 100km."
        )
    if kind is EventType.TROPICAL_CYCLONE:
        name = f"{version.solution}-{version.onset:%y}"
        return (
            f"{colour} alert for tropical cyclone {name}. Population affected by Category 1 wind speeds is 0."
        )
    if kind is EventType.DROUGHT:
        return f"Drought is on going in {country}"
    if kind is EventType.VOLCANO:
        return f"Volcanic eruption is on going in {country}"
    word = "flood" if kind is EventType.FLOOD else "forest fire"
    return f"{colour} {word} alert in {country}"


def event_name(story: Story, place: Place) -> str:
    """`gdacs:eventname`: storms carry name and year, volcanoes their name, earthquakes nothing."""
    assert story.hazard is not None, "GDACS publishes no event that did not happen"
    if story.hazard.cyclone:
        return f"{story.hazard.cyclone.name}-{story.hazard.onset:%y}"
    if story.hazard.volcano:
        return story.hazard.volcano.name
    if story.hazard.type is EventType.DROUGHT:
        return f"{place.country}-{story.hazard.onset.year}"
    return ""


def _identifiers(kind: EventType, version: Version) -> str:
    if kind is not EventType.EARTHQUAKE:
        return "<gdacs:identifiers />"
    return (
        "<gdacs:identifiers>\n"
        f'        <gdacs:identifier id="neicid" src="NEIC">{version.solution}</gdacs:identifier>\n'
        "      </gdacs:identifiers>"
    )


def _episode(version: Version, kind: EventType) -> int:
    """Earthquakes number their episodes over all events, the others within theirs."""
    return int(version.id[2:]) + 165_000 + version.number if kind is EventType.EARTHQUAKE else version.number


def _bbox(version: Version) -> str:
    return f"{version.lon - 4:.4f} {version.lon + 4:.4f} {version.lat - 4:.4f} {version.lat + 4:.4f}"


def _date(instant: datetime) -> str:
    return format_datetime(instant.replace(microsecond=0), usegmt=True)


def _geojson(asked: Asked, generated: datetime) -> bytes:
    features: list[dict[str, Any]] = []
    for story, version in listed(asked, generated, timedelta(days=4)):
        features += _features(story, version, len(features))
    return msgspec.json.encode({"type": "FeatureCollection", "metadata": {}, "features": features})


SHAPES = {
    EventType.EARTHQUAKE: ("Circle", "100km", 100.0),
    EventType.TROPICAL_CYCLONE: ("Cones", "Uncertainty Cones", 150.0),
    EventType.FLOOD: ("Affected", "Affected area", 40.0),
    EventType.DROUGHT: ("area", "Affected Area", 250.0),
    EventType.VOLCANO: ("Circle", "30km", 30.0),
    EventType.WILDFIRE: ("area", "Affected Area", 10.0),
}


def _features(story: Story, version: Version, index: int) -> Iterator[dict[str, Any]]:
    """The centroid with all properties, then one shape that lacks `eventid`: all values are strings."""
    assert story.hazard is not None, "GDACS publishes no event that did not happen"
    kind = story.hazard.type
    place = nearest(version.lon, version.lat)
    colour = alert(kind, version, place)
    shape, label, radius_km = SHAPES[kind]
    root = f"{version.id}{_episode(version, kind)}"
    common = _properties(story, version, place, colour)
    scores = {
        "alertscore": str(LEVELS.index(colour) + 1),
        "alertlevelepisode": colour,
        "alertscoreepisode": str(LEVELS.index(colour) + 1),
        "eventid": version.id[2:],
        "episodeid": str(_episode(version, kind)),
    }
    centre = {"featureIndex": str(index), "polygonlabel": "Centroid", "Class": "Point_Centroid"}
    area = {
        "featureIndex": str(index + 1),
        "polygonlabel": label,
        "polygontype": shape,
        "Class": f"Poly_{shape}",
    }
    point = {"type": "Point", "coordinates": [version.lon, version.lat]}
    ring = {"type": "Polygon", "coordinates": [_circle(version, radius_km)]}
    yield {
        "type": "Feature",
        "id": f"{root}Centroid",
        "properties": common | scores | centre,
        "geometry": point,
    }
    yield {"type": "Feature", "id": f"{root}{shape}", "properties": common | area, "geometry": ring}


def _properties(story: Story, version: Version, place: Place, colour: str) -> dict[str, str]:
    assert story.hazard is not None, "GDACS publishes no event that did not happen"
    kind = story.hazard.type
    word = WORDS[kind]
    last = version.onset if kind is EventType.EARTHQUAKE else version.updated
    icon = f"https://www.gdacs.org/images/gdacs_icons/maps/{colour}/{kind.value}.png"
    return {
        "description": f"{word} in {place.country}",
        "name": f"{word} in {place.country}",
        "htmldescription": f"{colour} {word} in {place.country} at: {_local(version.onset)}.",
        "link": f"https://www.gdacs.org/report.aspx?eventtype={kind.value}&eventid={version.id[2:]}"
        f"&episodeid={_episode(version, kind)}",
        "iconeventlink": icon,
        "iconitemlink": icon,
        "alertlevel": colour,
        "eventtype": kind.value,
        "eventname": event_name(story, place),
        "fromdate": _local(version.onset),
        "todate": _local(last),
        "country": place.country,
        "countrylist": place.country,
        "iso3": place.iso3,
        "severity": f"{version.size:g}",
        "latitude": str(version.lat),
        "longitude": str(version.lon),
        "imageoverview": "",
    }


WORDS = {
    EventType.EARTHQUAKE: "Earthquake",
    EventType.TROPICAL_CYCLONE: "Tropical Cyclone",
    EventType.FLOOD: "Flood",
    EventType.DROUGHT: "Drought",
    EventType.VOLCANO: "Eruption",
    EventType.WILDFIRE: "Forest fires",
}


def _local(instant: datetime) -> str:
    """ "27 May 2026 14:51:04", UTC without saying so."""
    return instant.strftime("%d %b %Y %H:%M:%S")


def _circle(version: Version, radius_km: float) -> list[list[float]]:
    angles = np.linspace(0, 2 * np.pi, 25)
    lat = version.lat + radius_km / 111.19 * np.cos(angles)
    lon = version.lon + radius_km / 111.19 * np.sin(angles) / np.cos(np.radians(version.lat))
    ring = [
        [round(float((x + 180) % 360 - 180), 3), round(float(y), 3)] for x, y in zip(lon, lat, strict=True)
    ]
    return [*ring[:-1], ring[0]]
