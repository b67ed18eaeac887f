"""eonet.gsfc.nasa.gov: version 3 of the Earth Observatory Natural Event Tracker, as its documentation says.

No recording of it is at hand; the fields are those of https://eonet.gsfc.nasa.gov/docs/v3.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from terraloom.records import EventType
from terraloom.universe.agencies import Story, Version
from terraloom.universe.cyclones import Cyclone
from terraloom.universe.feeds.page import Asked, Page, floor
from terraloom.universe.places import nearest

HOST = "eonet.gsfc.nasa.gov"
EVENTS = "/api/v3/events"
CATEGORIES = {
    EventType.WILDFIRE: ("wildfires", "Wildfires"),
    EventType.VOLCANO: ("volcanoes", "Volcanoes"),
    EventType.TROPICAL_CYCLONE: ("severeStorms", "Severe Storms"),
    EventType.FLOOD: ("floods", "Floods"),
    EventType.DROUGHT: ("drought", "Drought"),
}
ACRES_PER_KM2 = 247.105


def feed(asked: Asked) -> Page | None:
    if asked.path not in (EVENTS, EVENTS + "/geojson"):
        return None
    generated = floor(asked.at, timedelta(minutes=10))
    wanted = asked.query.get("status", "open")
    window = timedelta(days=asked.number("days", 3650))
    current = asked.reports.current("eonet", generated, window)
    found = [
        (story, version)
        for story, version in current
        if story.hazard is not None and (wanted == "all" or (wanted == "open") == _is_open(story, generated))
    ][: int(asked.number("limit", 100_000))]
    body = _geojson(found, generated) if asked.path.endswith("geojson") else _events(found, generated)
    return Page(msgspec.json.encode(body), "application/json; charset=utf-8", generated)


def _is_open(story: Story, at: datetime) -> bool:
    return story.hazard is not None and story.hazard.end > at


def _events(found: list[tuple[Story, Version]], at: datetime) -> dict[str, Any]:
    events = [
        _event(story, version, at) | {"geometry": list(_positions(story, version))}
        for story, version in found
    ]
    return {
        "title": "EONET Events",
        "description": "Natural events from EONET.",
        "link": f"https://{HOST}{EVENTS}",
        "events": events,
    }


def _geojson(found: list[tuple[Story, Version]], at: datetime) -> dict[str, Any]:
    """One feature per position, each with the event's properties."""
    features = []
    for story, version in found:
        for position in _positions(story, version):
            geometry = {key: position.pop(key) for key in ("type", "coordinates")}
            properties = _event(story, version, at) | position
            features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def _event(story: Story, version: Version, at: datetime) -> dict[str, Any]:
    assert story.hazard is not None, "the caller leaves out what has none"
    category, title = CATEGORIES[story.hazard.type]
    return {
        "id": version.id,
        "title": _title(story, version),
        "description": None,
        "link": f"https://{HOST}{EVENTS}/{version.id}",
        "closed": None if _is_open(story, at) else _time(story.hazard.end),
        "categories": [{"id": category, "title": title}],
        "sources": [_source(story)],
    }


def _title(story: Story, version: Version) -> str:
    assert story.hazard is not None, "the caller leaves out what has none"
    place = nearest(version.lon, version.lat)
    if story.hazard.cyclone:
        kind = "Hurricane" if story.hazard.cyclone.basin.code in ("AL", "EP") else "Tropical Cyclone"
        return f"{kind} {story.hazard.cyclone.name.title()}"
    if story.hazard.volcano:
        return f"{story.hazard.volcano.name} Volcano, {story.hazard.volcano.country}"
    return f"{CATEGORIES[story.hazard.type][1].rstrip('s')} near {place.town}, {place.country}"


def _source(story: Story) -> dict[str, str]:
    assert story.hazard is not None, "the caller leaves out what has none"
    if story.hazard.volcano:
        number = story.hazard.volcano.number
        return {"id": "SIVolcano", "url": f"https://volcano.si.edu/volcano.cfm?vn={number}"}
    if story.hazard.cyclone:
        return _warning_centre(story.hazard.cyclone)
    return {"id": "GDACS", "url": "https://www.gdacs.org/"}


def _warning_centre(cyclone: Cyclone) -> dict[str, str]:
    year = cyclone.track[0].at.year
    if cyclone.basin.code in ("AL", "EP"):
        return {"id": "NOAA_NHC", "url": f"https://www.nhc.noaa.gov/archive/{year}/{cyclone.name}.shtml"}
    name = f"{cyclone.basin.code.lower()}{cyclone.number:02d}{year % 100:02d}"
    return {"id": "JTWC", "url": f"https://www.metoc.navy.mil/jtwc/products/{name}.tcw"}


def _positions(story: Story, version: Version) -> list[dict[str, Any]]:
    """Every position so far: storms move, the others have one."""
    assert story.hazard is not None, "the caller leaves out what has none"
    kind = story.hazard.type
    told = [v for v in story.versions if v.number <= version.number]
    return [
        {
            "magnitudeValue": _magnitude(kind, v),
            "magnitudeUnit": {EventType.WILDFIRE: "acres", EventType.TROPICAL_CYCLONE: "kts"}.get(kind),
            "date": _time(v.updated if story.hazard.cyclone else v.onset),
            "type": "Point",
            "coordinates": [v.lon, v.lat],
        }
        for v in told
    ]


def _magnitude(kind: EventType, version: Version) -> float | None:
    if kind is EventType.WILDFIRE:
        return round(version.size * ACRES_PER_KM2, 2)
    return version.size if kind is EventType.TROPICAL_CYCLONE else None


def _time(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
