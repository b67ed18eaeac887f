"""
Fireballs that people report: events of the American Meteor Society, https://www.amsmeteors.org/members/imo_api.

Built from the public description of its interface and from how public programs read it; no answer was at
hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Raw, Struct

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Station
from terraloom.sources.astronomy.metrics import FIELD
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, each_of, reject_payload
from terraloom.sources.values import lonlat, optional_number, utc
from terraloom.sources.xmlfeed import looks_like

LEAST_REPORTS = 10  # some hundreds of events a year

_NAME = re.compile(r"Event #(?P<number>\d+)-(?P<year>\d{4})", re.ASCII)

REPORTS = Metric(
    id="fireball_reports",
    title="Fireball: number of witnesses",
    unit="1",
    low=1.0,
    high=1e5,
    field=FIELD,
    aggregate=Aggregate.SUM,
    description="`time` is the day (UTC): the mean of what witnesses say of the time moves with each.",
    hourly=False,
)
TIME_OF_DAY = Metric(
    id="fireball_time_of_day",
    title="Fireball: hours after midnight UTC",
    unit="h",
    low=0.0,
    high=24.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    hourly=False,
)
MAGNITUDE = Metric(
    id="fireball_magnitude",
    title="Fireball: magnitude, mean of the witnesses",
    unit="{mag}",
    low=-30.0,
    high=0.0,
    field=FIELD,
    hourly=False,
)
DURATION = Metric(
    id="fireball_duration",
    title="Fireball: duration, mean of the witnesses",
    unit="s",
    low=0.0,
    high=60.0,
    field=FIELD,
    hourly=False,
)


class Event(Struct):
    """One event, unread, by its name: ``Event #1234-2026``."""

    name: str
    fragment: Raw

    def __bytes__(self) -> bytes:
        return bytes(self.fragment)


class Feed(Struct):
    result: dict[str, Raw] | list[Raw]  # PHP writes an empty one as []


class AmsFireballs(Source):
    """
    Events with ten reports or more of this year, each a station where its trajectory begins. The interface is
    for members: `terraloom auth set ams env:… --scheme query:api_key`.
    """

    info = SourceInfo(
        id="ams-fireballs",
        title="Fireballs reported by witnesses",
        provider="American Meteor Society",
        agency="ams",
        url="https://www.amsmeteors.org/members/api/open_api/get_events",
        every="1h",
        emits=Observation,
        metrics=(REPORTS, TIME_OF_DAY, MAGNITUDE, DURATION),
        licence="by agreement with the American Meteor Society",
        citation="American Meteor Society and International Meteor Organization: fireball reports",
        homepage="https://www.amsmeteors.org/fireballs/",
        credential="ams",
        rate_per_minute=2.0,
        enabled=False,  # until there is a key
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        years = sorted({now.year, (now - timedelta(days=14)).year})  # reports come in for days
        return [f"{self.info.url}?year={year}&min_reports={LEAST_REPORTS}&format=json" for year in years]

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b'"result"', b'"avg_date_utc"')

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            events = msgspec.json.decode(payload.body, type=Feed).result
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        if isinstance(events, dict):
            yield from each_of([Event(name, fragment) for name, fragment in events.items()], self.read)

    def read(self, told: Event) -> list[Record]:
        """One event. Raises `RecordError`."""
        named = _NAME.fullmatch(told.name.strip())
        if named is None:
            raise RecordError("name", told.name, "a name such as Event #1234-2026")
        event = msgspec.json.decode(told.fragment, type=dict[str, Any])
        at = utc(event.get("avg_date_utc"), field="avg_date_utc")
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        lon, lat = _place(event)
        station = Station(
            id=f"{self.info.agency}/{named['year']}-{named['number']}",
            title=f"Fireball {named['number']}-{named['year']}",
            lon=lon,
            lat=lat,
            kind="object",
        )
        stated = (
            (REPORTS, _reports(event)),
            (TIME_OF_DAY, round((at - midnight).total_seconds() / 3600.0, 6)),
            (MAGNITUDE, optional_number("average_magnitude", event.get("average_magnitude"))),
            (DURATION, optional_number("avg_duration", event.get("avg_duration"))),
        )
        values = [
            Observation(metric=metric.id, station=station.id, time=midnight, value=value)
            for metric, value in stated
            if value is not None
        ]
        return [station, *values]


def _place(event: dict[str, Any]) -> tuple[float | None, float | None]:
    """Where the trajectory begins; none where there is no trajectory, which is written as 0, 0."""
    lon, lat = (optional_number(name, event.get(name)) for name in ("start_long", "start_lat"))
    if lon is None or lat is None or (lon, lat) == (0.0, 0.0):
        return None, None
    return lonlat(lon, lat)


def _reports(event: dict[str, Any]) -> float | None:
    """All reports; of "12/15" (those that agree, all) the last."""
    given = event.get("num_reports_for_options")
    return optional_number(
        "num_reports_for_options", given.rpartition("/")[2] if isinstance(given, str) else given
    )
