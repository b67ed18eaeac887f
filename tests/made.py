"""Payloads without a network: of the simulated planet's agencies, and a USGS feed written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from psycopg import Connection, sql

from terraloom.rebuild import DERIVED
from terraloom.records import Payload
from terraloom.sources import source
from terraloom.universe.planet import Planet

START = datetime(2026, 11, 18, tzinfo=UTC)
FEEDS = (
    "usgs-earthquakes-day",
    "gfz-earthquakes",
    "ingv-earthquakes",
    "geonet-earthquakes",
    "koeri-earthquakes",
    "gdacs-rss",
    "nhc-current-storms",
    "nws-alerts",
    "eonet-events",
)
USGS = "usgs-earthquakes-hour"


@cache
def planet() -> Planet:
    """Made once, because a planet never changes."""
    return Planet(7, START, 3)


def said(source_id: str, at: datetime) -> Payload:
    """What a source's main page says at an instant of the planet."""
    url = source(source_id).info.url
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return Payload(source=source_id, url=url, fetched_at=at, body=planet().body(parts.netloc, target, at))


def polled(hours: Iterable[float], feeds: Sequence[str] = FEEDS) -> list[Payload]:
    """What polling all `feeds` at these hours of the planet brings."""
    return [said(feed, START + timedelta(hours=hour)) for hour in hours for feed in feeds]


def feature(identifier: str = "us7000made", **changes: Any) -> dict[str, Any]:
    """One earthquake as USGS writes it; `changes` go into its properties, but for `coordinates`."""
    coordinates = changes.pop("coordinates", [30.5, 38.25, 10.0])
    properties = {
        "mag": 5.5,
        "place": "10 km N of Nowhere",
        "time": 1_795_000_000_000,
        "updated": 1_795_000_400_000,
        "ids": f",{identifier},",
        "sources": ",us,",
        "types": ",origin,",
        "status": "automatic",
        "magType": "mww",
        "type": "earthquake",
        "title": "M 5.5 - 10 km N of Nowhere",
        "net": identifier[:2],
        "code": identifier[2:],
        "sig": 465,
        "url": f"https://earthquake.usgs.gov/earthquakes/eventpage/{identifier}",
        "detail": f"https://earthquake.usgs.gov/earthquakes/feed/v1.0/detail/{identifier}.geojson",
        **changes,
    }
    return {
        "type": "Feature",
        "id": identifier,
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": coordinates},
    }


def usgs(*features: dict[str, Any], at: datetime = START) -> Payload:
    """The USGS feed of the past hour, with these earthquakes."""
    feed = {"type": "FeatureCollection", "metadata": {"count": len(features)}, "features": features}
    return payload(USGS, json.dumps(feed).encode(), at)


def payload(source_id: str, body: bytes, at: datetime = START) -> Payload:
    """A body as if a source had just sent it."""
    return Payload(source=source_id, url=source(source_id).info.url, fetched_at=at, body=body)


def rows(connection: Connection[Any], tables: Sequence[str] = DERIVED) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the derived tables in a defined order, but for columns that the database generates."""
    found = {}
    for table in tables:
        columns = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        ).fetchall()
        names = sql.SQL(", ").join(sql.Identifier(row[0]) for row in columns)
        query = sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier("public", table))
        found[table] = sorted(connection.execute(query).fetchall(), key=repr)
    connection.commit()
    return found


def applied_order(connection: Connection[Any]) -> list[Any]:
    """Ids of the payloads in the serial order of their application."""
    found = connection.execute(
        "SELECT id FROM payloads WHERE applied_seq IS NOT NULL ORDER BY applied_seq"
    ).fetchall()
    connection.commit()
    return [row[0] for row in found]
