"""
Rocket launches, past and to come: Launch Library 2 of The Space Devs, https://thespacedevs.com/llapi.

Reads answers of 2.0.0 (as recorded), and of 2.2.0 and 2.3.0 (as publicly described), which say when they last
touched a launch. Launches slip: the date of one launch is itself what is observed here, again and again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Raw, Struct

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Station
from terraloom.sources.astronomy.metrics import FIELD
from terraloom.sources.base import Source, SourceInfo, each_of, reject_payload
from terraloom.sources.splitting import split_json
from terraloom.sources.values import lonlat, utc
from terraloom.sources.xmlfeed import looks_like

NET = Metric(
    id="launch_net",
    title="Launch: no earlier than",
    unit="s",
    low=-4e8,  # 1957
    high=5e9,  # 2128
    field=FIELD,
    aggregate=Aggregate.LAST,
    description="Seconds from 1970-01-01 UTC to the launch, as it was foreseen at `time`.",
    hourly=False,
)
STATUS = Metric(
    id="launch_status",
    title="Launch: status",
    unit="1",
    low=1.0,
    high=20.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    description=(
        "As at `time`: 1 go, 2 to be determined, 3 success, 4 failure, 5 on hold, 6 in flight, 7 partial "
        "failure, 8 to be confirmed, 9 payload deployed."
    ),
    hourly=False,
)
PROBABILITY = Metric(
    id="launch_weather_probability",
    title="Launch: probability of weather that allows it",
    unit="%",
    low=0.0,
    high=100.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    hourly=False,
)
LAUNCHES = Metric(
    id="rocket_launches",
    title="Rocket launches",
    unit="1",
    low=0.0,
    high=100.0,
    field=FIELD,
    aggregate=Aggregate.SUM,
    description="1 on the day (UTC) on which the rocket left the ground.",
    hourly=False,
)
LEFT_THE_GROUND = {3, 4, 6, 7, 9}


class Status(Struct):
    id: int


class Pad(Struct):
    latitude: str | float | None = None  # text before 2.3.0
    longitude: str | float | None = None


class Launch(Struct):
    """One launch."""

    id: str
    name: str
    status: Status
    net: str
    pad: Pad | None = None
    probability: float | None = None  # %; -1 where unknown, in old answers
    last_updated: str | None = None  # from 2.2.0


class LaunchLibrary(Source):
    """
    Each launch is a station at its pad. Its date and status stand at the time of their last change, so that a
    revision is a later value and the last one holds; a launch that flew counts on its day.
    """

    info = SourceInfo(
        id="spacedevs-launches",
        title="Rocket launches, the last 25 and the next 50",
        provider="The Space Devs",
        agency="spacedevs",
        url="https://ll.thespacedevs.com/2.3.0/launches/upcoming/?limit=50",
        every="6h",
        emits=Observation,
        metrics=(NET, STATUS, PROBABILITY, LAUNCHES),
        licence="free to use; credit to The Space Devs is asked for",
        citation="The Space Devs: Launch Library 2",
        homepage="https://thespacedevs.com/llapi",
        folder="launch-library",
        rate_per_minute=0.25,  # 15 an hour without a key
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        return (self.info.url, "https://ll.thespacedevs.com/2.3.0/launches/previous/?limit=25")

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b'"results"', b'"net"', b'"window_start"')

    def parse(self, payload: Payload) -> Iterator[Record]:
        def read(fragment: Raw) -> list[Record]:
            return read_launch(self.info.agency, fragment, payload.fetched_at)

        try:
            fragments, damage = split_json(payload.body, "results")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        yield from each_of(fragments, read)
        yield from damage


def read_launch(agency: str, fragment: Raw, fetched_at: datetime) -> list[Record]:
    """What is said of one launch; `fetched_at` is when, in answers that do not say. Raises `RecordError`."""
    launch = msgspec.json.decode(fragment, type=Launch)
    if not launch.id:
        raise RecordError("id", launch.id, "the id of a launch")
    station, net = _station(agency, launch), utc(launch.net, field="net")
    said_at = utc(launch.last_updated, field="last_updated") if launch.last_updated else fetched_at
    stated = [(NET, said_at, net.timestamp()), (STATUS, said_at, float(launch.status.id))]
    if launch.probability is not None and launch.probability >= 0:
        stated.append((PROBABILITY, said_at, launch.probability))
    if launch.status.id in LEFT_THE_GROUND:
        # The second of lift-off is corrected afterwards; its day hardly ever.
        stated.append((LAUNCHES, net.replace(hour=0, minute=0, second=0, microsecond=0), 1.0))
    values = [Observation(metric=m.id, station=station.id, time=at, value=value) for m, at, value in stated]
    return [station, *values]


def _station(agency: str, launch: Launch) -> Station:
    lon: float | None = None
    lat: float | None = None
    if launch.pad is not None and None not in (launch.pad.longitude, launch.pad.latitude):
        lon, lat = lonlat(launch.pad.longitude, launch.pad.latitude)
    if (lon, lat) == (0.0, 0.0):  # how an unknown pad is written
        lon = lat = None
    return Station(id=f"{agency}/{launch.id}", title=launch.name, lon=lon, lat=lat, kind="object")
