"""
Near-Earth objects by day of approach, with estimated sizes: https://api.nasa.gov/, NeoWs.

Built from the public description; no answer was at hand. The orbits are JPL's (`jpl-close-approaches`), some
days later. Moments are calendar dates in TDB, also where they are counted in milliseconds since 1970.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Raw, Struct

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.astronomy.jpl import LICENCE
from terraloom.sources.astronomy.metrics import (
    ABSOLUTE_MAGNITUDE,
    CLOSE_APPROACH_DISTANCE,
    CLOSE_APPROACH_SPEED,
    CLOSE_APPROACH_TIME,
    FIELD,
)
from terraloom.sources.astronomy.time_scales import J1970, utc_of_tdb
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, each_of, reject_payload
from terraloom.sources.splitting import split_json
from terraloom.sources.values import number
from terraloom.sources.xmlfeed import looks_like

LEAST, MOST = (
    Metric(
        id=f"estimated_diameter_{name}",
        title=f"Estimated diameter of a small body, {name}imum",
        unit="m",
        low=0.1,
        high=1e6,
        field=FIELD,
        aggregate=Aggregate.LAST,
        description="From its brightness, as bright or as dark as asteroids are.",
        hourly=False,
    )
    for name in ("min", "max")
)
DAY_MS = 86_400_000.0
MAX_DAYS = 8  # it answers for a week at most; each day costs a reading of the whole answer


class Speed(Struct):
    kilometers_per_second: str


class Distance(Struct):
    astronomical: str  # au


class Approach(Struct):
    epoch_date_close_approach: float
    relative_velocity: Speed
    miss_distance: Distance
    orbiting_body: str


class Meters(Struct):
    estimated_diameter_min: float
    estimated_diameter_max: float


class Sizes(Struct):
    meters: Meters


class Asteroid(Struct):
    """One entry of a day."""

    id: str  # SPK-ID
    name: str  # "(2015 RC)", "465633 (2009 JR5)"
    absolute_magnitude_h: float | None
    estimated_diameter: Sizes
    close_approach_data: list[Approach]


class Feed(Struct):
    near_earth_objects: dict[str, Raw]


class NasaNeows(Source):
    """The past day and the next six; wants a key: `terraloom auth set nasa env:… --scheme query:api_key`."""

    info = SourceInfo(
        id="nasa-neows",
        title="Near-Earth objects with estimated sizes",
        provider="NASA NeoWs",
        agency="neows",
        url="https://api.nasa.gov/neo/rest/v1/feed",
        every="1h",
        emits=Observation,
        metrics=(
            CLOSE_APPROACH_DISTANCE,
            CLOSE_APPROACH_SPEED,
            CLOSE_APPROACH_TIME,
            ABSOLUTE_MAGNITUDE,
            LEAST,
            MOST,
        ),
        licence=LICENCE,
        citation="NASA/JPL Near Earth Object Web Service (NeoWs), api.nasa.gov",
        homepage="https://api.nasa.gov/",
        credential="nasa",
        rate_per_minute=0.5,  # DEMO_KEY: 30 an hour, 50 a day
        enabled=False,  # until there is a key
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        first, last = now - timedelta(days=1), now + timedelta(days=6)  # seven days at most
        return (f"{self.info.url}?start_date={first:%Y-%m-%d}&end_date={last:%Y-%m-%d}",)

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b'"near_earth_objects"')

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            fragments, damage = _entries(payload.body)
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        yield from each_of(fragments, self.read)
        yield from damage

    def read(self, fragment: Raw) -> list[Record]:
        """One asteroid with its approaches to the Earth."""
        asteroid = msgspec.json.decode(fragment, type=Asteroid)
        if not asteroid.id:
            raise RecordError("id", asteroid.id, "the SPK-ID of a body")
        station = Station(
            id=f"{self.info.agency}/{asteroid.id}", title=asteroid.name.strip(" ()"), kind="object"
        )
        approaches = (one for one in asteroid.close_approach_data if one.orbiting_body == "Earth")
        return [station, *(value for one in approaches for value in _values(asteroid, one, station))]


def _values(asteroid: Asteroid, approach: Approach, station: Station) -> Iterator[Observation]:
    date = J1970 + approach.epoch_date_close_approach / DAY_MS
    moment = utc_of_tdb("epoch_date_close_approach", date)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    size = asteroid.estimated_diameter.meters
    stated = (
        (CLOSE_APPROACH_DISTANCE, number("miss_distance", approach.miss_distance.astronomical)),
        (CLOSE_APPROACH_SPEED, number("relative_velocity", approach.relative_velocity.kilometers_per_second)),
        (CLOSE_APPROACH_TIME, round((moment - day).total_seconds() / 3600.0, 6)),
        (ABSOLUTE_MAGNITUDE, asteroid.absolute_magnitude_h),
        (LEAST, size.estimated_diameter_min),
        (MOST, size.estimated_diameter_max),
    )
    for metric, value in stated:
        if value is not None:
            yield Observation(metric=metric.id, station=station.id, time=day, value=value)


_DAY = re.compile(rb'"(\d{4}-\d{2}-\d{2})"\s*:\s*\[')


def _entries(body: bytes) -> tuple[list[bytes], list[Reject]]:
    """The asteroids of all days, unread, and what is wrong with the answer. Raises `RecordError`."""
    days = _DAY.findall(body)
    if not days:
        found = msgspec.json.decode(body, type=Feed).near_earth_objects
        if found:
            raise RecordError("near_earth_objects", sorted(found)[:10], "days such as 2026-11-24")
    cut = [split_json(body, f"near_earth_objects.{day.decode()}") for day in sorted(set(days))[:MAX_DAYS]]
    return [one for entries, _ in cut for one in entries], [reject for _, damage in cut for reject in damage]
