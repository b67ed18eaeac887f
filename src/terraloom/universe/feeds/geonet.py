"""
api.geonet.org.nz: earthquakes of New Zealand by intensity (deleted ones stay in, marked as such), and the
alert levels of its volcanoes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from terraloom.records import ReportStatus
from terraloom.universe.agencies import Version
from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.places import nearest

HOST = "api.geonet.org.nz"
QUALITY = {
    ReportStatus.AUTOMATIC: "preliminary",
    ReportStatus.REVIEWED: "best",
    ReportStatus.DELETED: "deleted",
}
MOST = 100  # the service gives the newest hundred


VOLCANOES = {  # id: title, lon, lat
    "aucklandvolcanicfield": ("Auckland Volcanic Field", 174.77, -36.985),
    "ruapehu": ("Ruapehu", 175.563, -39.281),
    "taupo": ("Taupo", 175.896, -38.784),
    "whiteisland": ("White Island", 177.183, -37.521),
}
LEVELS = {
    0: ("No volcanic unrest.", "Volcanic environment hazards."),
    2: (
        "Moderate to heightened volcanic unrest.",
        "Volcanic unrest hazards, potential for eruption hazards.",
    ),
}


def feed(asked: Asked) -> Page | None:
    if asked.path == "/volcano/val":
        return _collection([_volcano(name, 2 if name == "whiteisland" else 0) for name in VOLCANOES])
    return _quakes(asked) if asked.path == "/quake" else None


def _volcano(name: str, level: int) -> dict[str, Any]:
    """Alert levels do not change here: what erupts is told by the other feeds."""
    title, lon, lat = VOLCANOES[name]
    activity, hazards = LEVELS[level]
    said = {
        "volcanoID": name,
        "volcanoTitle": title,
        "level": level,
        "activity": activity,
        "hazards": hazards,
    }
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": said}


def _collection(features: list[dict[str, Any]]) -> Page:
    body = msgspec.json.encode({"type": "FeatureCollection", "features": features})
    return Page(msgspec.json.format(body, indent=2), "application/vnd.geo+json;version=2")


def _quakes(asked: Asked) -> Page:
    least = asked.number("MMI", -1)
    current = asked.reports.current("geonet", asked.at, timedelta(days=365), deleted=True)
    return _collection([_feature(version) for _, version in current if intensity(version) >= least][:MOST])


def intensity(version: Version) -> int:
    """Calculated maximum shaking, MMI -1..8."""
    return int(min(max(1.5 * version.size - version.depth_km / 40 - 3, -1), 8))


def _feature(version: Version) -> dict[str, Any]:
    place = nearest(version.lon, version.lat)
    milliseconds = version.onset.microsecond // 1000
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [version.lon, version.lat]},
        "properties": {
            "publicID": version.id,
            "time": version.onset.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds:03d}Z",
            "depth": version.depth_km,
            "magnitude": version.size,
            "mmi": intensity(version),
            "locality": f"{place.distance_km:.0f} km {place.bearing} of {place.town}",
            "quality": QUALITY[version.status],
        },
    }
