"""USGS-like GeoJSON feeds of made-up earthquakes, as bytes: what ingestion is measured on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np

from terraloom.records import Payload

START_S = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
BETWEEN_S = 120.0  # mean time between events: the world's rate of M2.5 and above, four times over


def feature(
    name: str, at_s: float, lon: float, lat: float, magnitude: float, revision: int = 0
) -> dict[str, Any]:
    """One earthquake, in the shape of the summary feed."""
    milliseconds = int(at_s * 1000)
    page = f"https://earthquake.usgs.gov/earthquakes/eventpage/{name}"
    return {
        "type": "Feature",
        "properties": {
            "mag": round(magnitude, 1),
            "place": "12 km SSW of Somewhere, Region",
            "time": milliseconds,
            "updated": milliseconds + 600_000 + revision * 60_000,
            "tz": None,
            "url": page,
            "detail": f"https://earthquake.usgs.gov/fdsnws/event/1/query?eventid={name}&format=geojson",
            "felt": None,
            "cdi": None,
            "mmi": None,
            "alert": None,
            "status": "reviewed" if revision else "automatic",
            "tsunami": 0,
            "sig": round(magnitude * 100),
            "net": name[:2],
            "code": name[2:],
            "ids": f",{name},",
            "sources": f",{name[:2]},",
            "types": ",origin,phase-data,",
            "nst": 40,
            "dmin": 1.2,
            "rms": 0.7,
            "gap": 60,
            "magType": "mb",
            "type": "earthquake",
            "title": f"M {magnitude:.1f} - 12 km SSW of Somewhere, Region",
        },
        "geometry": {"type": "Point", "coordinates": [round(lon, 4), round(lat, 4), 10.0]},
        "id": name,
    }


def payload(features: list[dict[str, Any]], at_s: float, source: str = "usgs-earthquakes-day") -> Payload:
    """A poll of the summary feed that returned these."""
    url = "https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/all_day.geojson"
    metadata = {"generated": int(at_s * 1000), "url": url, "title": "made up", "status": 200, "api": "1.10.3"}
    body = msgspec.json.encode(
        {"type": "FeatureCollection", "metadata": {**metadata, "count": len(features)}, "features": features}
    )
    return Payload(source=source, url=url, fetched_at=datetime.fromtimestamp(at_s, UTC), body=body)


def new_events(polls: int, size: int, *, seed: int = 0, start_s: float = START_S) -> Iterator[Payload]:
    """Polls in which every report is a new event."""
    rng = np.random.default_rng(seed)
    for n in range(polls):
        times = start_s + np.sort(rng.uniform(n, n + 1, size)) * size * BETWEEN_S
        lons, lats = rng.uniform(-180, 180, size), rng.uniform(-60, 70, size)
        magnitudes = rng.exponential(0.43, size) + 2.5
        rows = zip(times.tolist(), lons.tolist(), lats.tolist(), magnitudes.tolist(), strict=True)
        yield payload([feature(f"us{seed}n{n}x{i}", *row) for i, row in enumerate(rows)], float(times[-1]))


def polls_of_a_day(polls: int, size: int, *, seed: int = 0) -> Iterator[Payload]:
    """The same list again and again, as a feed is polled: in each two new events and one revised."""
    rng = np.random.default_rng(seed)
    listed = [(f"us{seed}d{i}", START_S + i * BETWEEN_S, *_place(rng), 0) for i in range(size)]
    for n in range(polls):
        now_s = START_S + (size + 2 * n) * BETWEEN_S
        listed = listed[2:] + [(f"us{seed}d{size + 2 * n + i}", now_s + i, *_place(rng), 0) for i in range(2)]
        chosen = int(rng.integers(size))
        listed[chosen] = (*listed[chosen][:-1], listed[chosen][-1] + 1)
        yield payload([feature(*one) for one in listed], now_s)


def _place(rng: np.random.Generator) -> tuple[float, float, float]:
    return float(rng.uniform(-180, 180)), float(rng.uniform(-60, 70)), float(rng.exponential(0.43) + 2.5)
