"""earthquake.usgs.gov: the summary feeds, the FDSN event query, and one event's detail with its products."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from math import log10
from typing import Any

import msgspec

from terraloom.records import ReportStatus
from terraloom.universe.agencies import Version
from terraloom.universe.feeds import fdsn
from terraloom.universe.feeds.page import Asked, Page, epoch_ms, floor
from terraloom.universe.places import nearest

HOST = "earthquake.usgs.gov"
SITE = f"https://{HOST}"
SUMMARY = "/earthquakes/feed/v1.0/summary/"
DETAIL = "/earthquakes/feed/v1.0/detail/"
MOST = 20_000  # events of one answer
TOO_MUCH = "{count} matching events exceeds search limit of 20000. "
MODIFY = "Modify the search to match fewer events."
WINDOWS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
FLOORS = {"all": -9.0, "1.0": 1.0, "2.5": 2.5, "4.5": 4.5, "significant": 0.0}
TITLES = {
    "all": "All Earthquakes",
    "1.0": "Magnitude 1.0+ Earthquakes",
    "2.5": "Magnitude 2.5+ Earthquakes",
    "4.5": "Magnitude 4.5+ Earthquakes",
    "significant": "Significant Earthquakes",
}
JSON = "application/json; charset=utf-8"


def feed(asked: Asked) -> Page | None:
    if asked.path.startswith(SUMMARY):
        return _summary(asked, asked.path.removeprefix(SUMMARY).removesuffix(".geojson"))
    if asked.path.startswith(DETAIL):
        return _detail(asked, asked.path.removeprefix(DETAIL).removesuffix(".geojson"))
    if asked.path == fdsn.QUERY and "eventid" in asked.query:
        return _detail(asked, asked.query["eventid"])
    if asked.path == fdsn.COUNT:
        return _count(asked)
    return _query(asked) if asked.path == fdsn.QUERY else None


def _summary(asked: Asked, name: str) -> Page | None:
    size, _, window = name.partition("_")
    if size not in FLOORS or window not in WINDOWS:
        return None
    generated = floor(asked.at, timedelta(minutes=1))
    found = [
        feature(version)
        for _, version in asked.reports.current("usgs", generated, WINDOWS[window])
        if version.size >= FLOORS[size] and (size != "significant" or significance(version) >= 600)
    ]
    title = f"USGS {TITLES[size]}, Past {window.capitalize()}"
    return _collection(found, SITE + SUMMARY + name + ".geojson", title, generated)


def _query(asked: Asked) -> Page:
    """FDSN event web service, `format=geojson`; deleted events only with `includedeleted`."""
    deleted = asked.query.get("includedeleted", "false") in ("true", "only")
    found = _matching(asked, deleted=deleted)
    if not found and not deleted and _matching(asked, deleted=True):
        return fdsn.refused(asked, HOST, 409, "The requested event has been deleted.")
    if len(found) > MOST and "limit" not in asked.query:
        return fdsn.refused(asked, HOST, 400, TOO_MUCH.format(count=len(found)) + MODIFY)
    if asked.query.get("orderby") == "time-asc":
        found.reverse()
    first = int(asked.number("offset", 1)) - 1
    features = [feature(version) for version in found[first : first + int(asked.number("limit", MOST))]]
    url = f"{SITE}{fdsn.QUERY}?" + "&".join(f"{key}={value}" for key, value in asked.query.items())
    return _collection(features, url, "USGS Earthquakes", asked.at, query=True)


def _count(asked: Asked) -> Page:
    found = len(_matching(asked))
    body: dict[str, Any] = {"count": found, "maxAllowed": MOST}
    if found > MOST:
        body["error"] = (
            TOO_MUCH.format(count=found) + "A query using these search parameters would fail. " + MODIFY
        )
    return Page(msgspec.json.encode(body), JSON)


def _matching(asked: Asked, *, deleted: bool = False) -> list[Version]:
    """The events that a query asks for, newest first."""
    return [
        version
        for _, version in fdsn.matching(asked, "usgs", timedelta(days=30), deleted=deleted)
        if asked.number("minlatitude", -90) <= version.lat <= asked.number("maxlatitude", 90)
        and asked.number("minlongitude", -180) <= version.lon <= asked.number("maxlongitude", 180)
    ]


def _collection(
    features: list[dict[str, Any]], url: str, title: str, generated: datetime, *, query: bool = False
) -> Page:
    metadata = {
        "generated": epoch_ms(generated),
        "url": url,
        "title": title,
        "status": 200,
        "api": "1.14.1" if query else "1.10.3",
        "count": len(features),
    }
    body: dict[str, Any] = {"type": "FeatureCollection", "metadata": metadata, "features": features}
    if features:
        columns = list(zip(*(f["geometry"]["coordinates"] for f in features), strict=True))
        body["bbox"] = [*map(min, columns), *map(max, columns)]
    return Page(msgspec.json.encode(body), JSON, generated)


def feature(version: Version) -> dict[str, Any]:
    """One event as the summary feeds show it."""
    net, code = version.id[:2], version.id[2:]
    place = place_line(version.lon, version.lat)
    shaken = _is_shaken(version)
    reviewed = version.status is ReportStatus.REVIEWED
    return {
        "type": "Feature",
        "properties": {
            "mag": version.size,
            "place": place,
            "time": epoch_ms(version.onset),
            "updated": epoch_ms(version.updated),
            "tz": None,
            "url": f"{SITE}/earthquakes/eventpage/{version.id}",
            "detail": f"{SITE}{DETAIL}{version.id}.geojson",
            "felt": int(10 ** (version.size - 3.5)) if version.size > 4 and reviewed else None,
            "cdi": round(min(version.size + 0.5, 9.1), 1) if version.size > 4 and reviewed else None,
            "mmi": max_intensity(version) if shaken else None,
            "alert": alert(version) if shaken else None,
            "status": version.status.value,
            "tsunami": int(version.size >= 6.5 and version.depth_km < 70),
            "sig": significance(version),
            "net": net,
            "code": code,
            "ids": _wrapped(version.ids),
            "sources": _wrapped(id[:2] for id in version.ids),
            "types": _wrapped(_products(version)),
            "nst": version.phases if reviewed else None,
            "dmin": round(0.05 + version.size / 5, 3) if version.number > 1 else None,
            "rms": round(0.3 + version.size / 20, 2),
            "gap": max(20, 200 - version.phases) if reviewed else None,
            "magType": version.solution,
            "type": "earthquake",
            "title": f"M {version.size:.1f} - {place}",
        },
        "geometry": {"type": "Point", "coordinates": [version.lon, version.lat, version.depth_km]},
        "id": version.id,
    }


def _wrapped(values: Iterable[str]) -> str:
    """A list as USGS writes it: ",a,b,"."""
    return "," + ",".join(dict.fromkeys(values)) + ","


def place_line(lon: float, lat: float) -> str:
    place = nearest(lon, lat)
    return f"{place.distance_km:.0f} km {place.bearing} of {place.town}, {place.country}"


def significance(version: Version) -> int:
    """As USGS states it, without the felt reports: magnitude 6.5 gives 650, and size counts doubly."""
    return round(version.size * abs(version.size) * 100 / 6.5)


def max_intensity(version: Version) -> float:
    """Intensity at the epicentre, roughly: 1.5 M - 3.3 log10(depth) + 1.5, in 1..10."""
    return round(min(max(1.5 * version.size - 3.3 * log10(max(version.depth_km, 8)) + 1.5, 1.0), 10.0), 3)


def alert(version: Version) -> str:
    """PAGER's colour by shaking and by how near a town is."""
    if max_intensity(version) < 6.5 or nearest(version.lon, version.lat).distance_km > 80:
        return "green"
    return "yellow" if version.size < 6.2 else "orange" if version.size < 7 else "red"


def _is_shaken(version: Version) -> bool:
    """ShakeMap and PAGER exist from the second version on, from magnitude 5.2."""
    return version.size >= 5.2 and version.number > 1


def _products(version: Version) -> list[str]:
    if _is_shaken(version):
        return ["dyfi", "losspager", "moment-tensor", "origin", "phase-data", "shakemap"]
    return ["origin", "phase-data"]


def _detail(asked: Asked, event_id: str) -> Page:
    """One event under any of its ids; 404 for an unknown one, 409 for a deleted one, as the service does."""
    id_ = event_id.removesuffix(".geojson")
    for _, version in asked.reports.current("usgs", asked.at, deleted=True):
        if id_ in version.ids and version.status is ReportStatus.DELETED:
            return Page(b"Error 409: Conflict\n\nEvent has been deleted\n", "text/plain", status=409)
        if id_ in version.ids:
            body = feature(version)
            body["properties"].pop("detail")
            body["properties"]["products"] = {
                name: [_product(name, version)] for name in _products(version) if name in _PROPERTIES
            }
            return Page(msgspec.json.encode(body), JSON, version.published)
    return Page(b"Error 404: Not Found\n\nNo event has this id\n", "text/plain", status=404)


def _product(name: str, version: Version) -> dict[str, Any]:
    at = epoch_ms(version.updated)
    url = f"{SITE}/product/{name}/{version.id}/us/{at}"
    return {
        "indexid": str(at % 100_000_000),
        "indexTime": at + 2000,
        "id": f"urn:usgs-product:us:{name}:{version.id}:{at}",
        "type": name,
        "code": version.id,
        "source": "us",
        "updateTime": at,
        "status": "UPDATE",
        "properties": {**_common(version), **_PROPERTIES[name](version)},
        "preferredWeight": 158,
        "contents": {path: _content(url, path, at, kind) for path, kind in _CONTENTS[name].items()},
    }


def _common(version: Version) -> dict[str, str]:
    return {
        "depth": str(version.depth_km),
        "eventsource": version.id[:2],
        "eventsourcecode": version.id[2:],
        "eventtime": version.onset.strftime("%Y-%m-%dT%H:%M:%S.")
        + f"{version.onset.microsecond // 1000:03d}Z",
        "latitude": str(version.lat),
        "longitude": str(version.lon),
        "magnitude": str(version.size),
        "review-status": version.status.value,
    }


def _content(url: str, path: str, at: int, content_type: str) -> dict[str, Any]:
    return {
        "contentType": content_type,
        "lastModified": at - at % 1000,
        "length": 20_000,
        "url": f"{url}/{path}",
        "sha256": hashlib.sha256(f"{url}/{path}".encode()).hexdigest(),
    }


_PROPERTIES: dict[str, Callable[[Version], dict[str, str]]] = {
    "origin": lambda version: {
        "magnitude-type": version.solution,
        "num-phases-used": str(version.phases),
        "horizontal-error": "4.6",
        "evaluation-status": version.status.value,
        "event-type": "earthquake",
    },
    "losspager": lambda version: {
        "alertlevel": alert(version),
        "maxmmi": f"{max_intensity(version):.1f}",
    },
    "shakemap": lambda version: {
        "maxmmi": str(max_intensity(version)),
        "maxmmi-grid": str(max_intensity(version)),
        "map-status": "automatic",
        "event-type": "ACTUAL",
        "gmice": "WGRW12",
        "version": str(version.number),
        "minimum-latitude": str(round(version.lat - 3, 2)),
        "maximum-latitude": str(round(version.lat + 3, 2)),
        "minimum-longitude": str(round(version.lon - 3, 2)),
        "maximum-longitude": str(round(version.lon + 3, 2)),
    },
}
_CONTENTS = {
    "origin": {"quakeml.xml": "application/xml"},
    "losspager": {"json/alerts.json": "application/json", "json/exposures.json": "application/json"},
    "shakemap": {"download/grid.xml": "application/xml", "download/info.json": "application/json"},
}
