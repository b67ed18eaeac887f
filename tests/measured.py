"""Measurements made by hand for the pages: decades of days, hours at a few places, revisions and doubts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from filled import HOSTILE, NOW
from measuring import put
from terraloom import caches
from terraloom.records import Observation, Quality, Station
from terraloom.sources import registry

CARBON, HEAT, KP = "mole_fraction_of_carbon_dioxide_in_air", "air_temperature", "planetary_k_index"
DAYS, HOURS = 8000, 24 * 20
MIDNIGHT = NOW.replace(hour=0, minute=0)
PLACES = {
    "awc/RJTT": ("Tokyo Haneda", 139.78, 35.55),
    "awc/EHAM": ("Amsterdam Schiphol", 4.76, 52.31),
    "awc/SCEL": (HOSTILE, -70.79, -33.39),
}


def carbon() -> Iterator[Observation | Station]:
    """One value a day for `DAYS` days, rising, with a season and a gap."""
    yield Station(id="noaa-gml/mlo", title="Mauna Loa", lon=-155.58, lat=19.54, elevation_m=3397.0)
    for n in range(DAYS):
        if 4000 <= n < 4100:
            continue
        value = 380 + 0.006 * n + 3 * math.sin(n / 58.1)
        at = MIDNIGHT - timedelta(days=DAYS - 1 - n)
        yield Observation(metric=CARBON, station="noaa-gml/mlo", time=at, value=round(value, 2))


def heat(shift: float = 0.0, hours: int = HOURS) -> Iterator[Observation | Station]:
    for n, (station, (title, lon, lat)) in enumerate(PLACES.items()):
        yield Station(id=station, title=title, lon=lon, lat=lat)
        for hour in range(hours):
            at = NOW.replace(minute=0) - timedelta(hours=hours - 1 - hour)
            value = 8 + 6 * n + 4 * math.sin(hour / 3.82) + shift
            yield Observation(metric=HEAT, station=station, time=at, value=round(value, 1))
    cold = Observation(
        metric=HEAT, station="awc/RJTT", time=NOW.replace(minute=0) - timedelta(minutes=30), value=-200.0,
        quality=Quality.OUT_OF_RANGE,
    )  # fmt: skip
    yield cold


def storms() -> Iterator[Observation | Station]:
    yield Station(id="swpc/planet", title="The planet", kind="planet")
    for n in range(8 * 60):
        at = MIDNIGHT - timedelta(hours=3 * (8 * 60 - n))
        yield Observation(metric=KP, station="swpc/planet", time=at, value=float(n * 7 % 9))


def measure(connection: Connection[Any]) -> None:
    """Write all of it, as polls would, with one revision, and make the caches. Commits."""
    told = {"gml-co2-daily": carbon, "awc-metar": heat, "swpc-planetary-k": storms}
    for source, values in told.items():
        put(connection, list(values()), fetched=NOW - timedelta(minutes=20), source=registry()[source].info)
    more_heat(connection, NOW - timedelta(minutes=5), shift=0.5, hours=2)
    caches.refresh(connection, NOW)
    connection.commit()


def more_heat(connection: Connection[Any], at: datetime, *, shift: float, hours: int = 1) -> None:
    """The last hours said anew: a revision."""
    values = list(heat(shift, hours))[:-1]
    put(connection, values, fetched=at, source=registry()["awc-metar"].info)
