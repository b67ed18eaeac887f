"""services.swpc.noaa.gov: the planetary K index, as objects of JSON (since 2026)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.instruments import K_INDEX

HOST = "services.swpc.noaa.gov"
PLANETARY_K = "/products/noaa-planetary-k-index.json"


def feed(asked: Asked) -> Page | None:
    if asked.path != PLANETARY_K:
        return None
    steps = K_INDEX.steps(asked.at - K_INDEX.listed, asked.at)
    known = ((time, K_INDEX.said(asked.seed, time, asked.at)) for time in steps)
    rows = [_row(time, value) for time, value in known if value is not None]
    return Page(msgspec.json.encode(rows), "application/json")


def _row(time: datetime, value: float) -> dict[str, Any]:
    return {
        "time_tag": f"{time:%Y-%m-%dT%H:%M:%S}",
        "Kp": value,
        "a_running": round(value * 4),
        "station_count": 8,
    }
