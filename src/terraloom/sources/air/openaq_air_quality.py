"""
OpenAQ, version 3 of its API: the latest values of monitors in large cities, https://docs.openaq.org/.

A location has a sensor for each parameter. Sensors are asked for by location, which their answer does not
name: it stands in the address (without it, a sensor is its own station). `latest` states one time, the end of
a span whose length is not said, and is taken as it is; measurements state their spans.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from terraloom.errors import FetchError, RecordError
from terraloom.records import Lat, Lon, Observation, Payload, Record, Reject, Station
from terraloom.sources.air import openaq
from terraloom.sources.base import UNREADABLE, Fetcher, Source, SourceInfo, reject_payload
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc
from terraloom.sources.weather.open_meteo import CITIES

API = "https://api.openaq.org/v3"
NEAR = API + "/locations?coordinates={lat},{lon}&radius=25000&monitor=true&limit=100"
SENSORS = API + "/locations/{location}/sensors"
OF_A_CITY = 2  # locations
SILENT = timedelta(days=2)

_LOCATION = re.compile(r"/locations/(\d{1,12})/sensors")
_SENSOR = re.compile(r"/sensors/(\d{1,12})/")


class Coordinates(Struct):
    latitude: Lat
    longitude: Lon


class Moment(Struct):
    utc: str


class Parameter(Struct):
    name: str
    units: str


class Latest(Struct):
    datetime: Moment
    value: Any
    coordinates: Coordinates | None = None


class Location(Struct, rename="camel"):
    id: int
    name: str | None
    is_mobile: bool
    sensors: list[msgspec.Raw]
    coordinates: Coordinates | None = None
    datetime_last: Moment | None = None


class Sensor(Struct):
    id: int
    parameter: Parameter
    latest: Latest | None


class Period(Struct, rename="camel"):
    datetime_from: Moment


class Measured(Struct):
    period: Period
    parameter: Parameter
    value: Any
    coordinates: Coordinates | None = None


FORMS = (  # what tells an entry, and its type
    (frozenset({"sensors", "isMobile", "coordinates"}), Location),
    (frozenset({"latest", "parameter", "id"}), Sensor),
    (frozenset({"period", "parameter", "value"}), Measured),
)


class OpenaqAirQuality(Source):
    """
    The two locations of each of two dozen cities that reported last; about 70 requests an hour. Wants a key:
    `terraloom auth set openaq env:… --scheme header:X-API-Key`.
    """

    info = SourceInfo(
        id="openaq-air-quality",
        title="Air quality at monitors",
        provider=openaq.PROVIDER,
        agency=openaq.AGENCY,
        url=API + "/locations",
        every="1h",
        emits=Observation,
        metrics=openaq.METRICS,
        licence=openaq.LICENCE,
        citation=openaq.CITATION,
        homepage=openaq.HOMEPAGE,
        folder="openaq",
        rate_per_minute=30,  # of 60 that a key may
        credential="openaq",
    )

    def fetch(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        """The locations near each city, then the sensors of some. What fails costs no other city."""
        return self._fetch_cities(fetcher)

    async def _fetch_cities(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        failures: list[FetchError] = []
        for *_, lon, lat in CITIES:
            try:
                listed = await fetcher.get(NEAR.format(lat=lat, lon=lon), kind="locations", conditional=False)
                if listed is None:
                    continue
                yield listed
                for location in reporting(listed.body, fetcher.now):
                    payload = await fetcher.get(SENSORS.format(location=location))
                    if payload is not None:
                        yield payload
            except FetchError as failure:
                failures.append(failure)
        if failures:
            raise failures[0]

    def recognises(self, payload: Payload) -> bool:
        try:
            fragments, _ = split_json(payload.body, "results")
            form = _form(fragments[0]) if fragments and b'"openaq-api"' in payload.body else None
        except UNREADABLE:
            return False
        return form in (Location, Sensor) or (form is Measured and bool(_SENSOR.search(payload.url)))

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            fragments, damage = split_json(payload.body, "results")
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        taken: set[str] = set()  # metrics that the location has by another sensor
        for n, fragment in enumerate(fragments):
            try:
                yield from _read(fragment, payload.url, taken)
            except UNREADABLE as error:
                yield Reject(where=f"record {n}", reason=str(error), fragment=fragment)
        yield from damage


def reporting(body: bytes, now: datetime) -> list[int]:
    """The fixed locations of a list that reported last, none of them silent for days; none if unreadable."""
    found: list[tuple[datetime, int]] = []
    try:
        for fragment in split_json(body, "results")[0]:
            location = msgspec.json.decode(fragment, type=Location)
            last = utc(location.datetime_last.utc) if location.datetime_last else now - SILENT
            if not location.is_mobile and last > now - SILENT:
                found.append((last, location.id))
    except UNREADABLE:
        return []
    return [
        location for _, location in sorted(found, key=lambda one: (-one[0].timestamp(), one[1]))[:OF_A_CITY]
    ]


def _form(fragment: bytes) -> type[Location] | type[Sensor] | type[Measured] | None:
    names = msgspec.json.decode(fragment, type=dict[str, msgspec.Raw]).keys()
    return next((form for marks, form in FORMS if marks <= names), None)


def _read(fragment: bytes, url: str, taken: set[str]) -> Iterator[Record]:
    """What an entry says. Raises `RecordError`, or what msgspec does, before it says anything."""
    form = _form(fragment)
    if form is None:
        raise RecordError("entry", fragment[:80], "a location, a sensor or a measurement")
    read: Callable[..., Iterator[Record]] = READERS[form]
    yield from read(msgspec.json.decode(fragment, type=form), url, taken)


def _location(one: Location, url: str, taken: set[str]) -> Iterator[Record]:
    place = one.coordinates
    yield Station(
        id=f"{openaq.AGENCY}/{one.id}",
        title=one.name or "",
        lon=place.longitude if place else None,
        lat=place.latitude if place else None,
        kind="mobile" if one.is_mobile else "fixed",
    )


def _sensor(one: Sensor, url: str, taken: set[str]) -> Iterator[Record]:
    given = one.latest and openaq.reading(one.parameter.name, one.parameter.units, one.latest.value)
    if not given or one.latest is None:
        return
    located = _LOCATION.search(url)
    if located and given.metric.id not in taken:
        taken.add(given.metric.id)
        yield _observed(given, f"{openaq.AGENCY}/{located[1]}", one.latest.datetime)
        return
    place = one.latest.coordinates  # without a location, or a second instrument for the same
    station = Station(
        id=f"{openaq.AGENCY}/sensor-{one.id}",
        title=f"{one.parameter.name} {one.parameter.units}",
        lon=place.longitude if place else None,
        lat=place.latitude if place else None,
    )
    yield from (station, _observed(given, station.id, one.latest.datetime))


def _measurement(one: Measured, url: str, taken: set[str]) -> Iterator[Record]:
    sensor = _SENSOR.search(url)
    if sensor is None:
        raise RecordError("address", url, "one that names the sensor, as the answer does not")
    given = openaq.reading(one.parameter.name, one.parameter.units, one.value)
    if given is not None:
        station = f"{openaq.AGENCY}/sensor-{sensor[1]}"
        yield _observed(given, station, one.period.datetime_from, one.coordinates)


def _observed(
    given: openaq.Reading, station: str, at: Moment, place: Coordinates | None = None
) -> Observation:
    return Observation(
        metric=given.metric.id,
        station=station,
        time=utc(at.utc),
        value=given.value,
        unit=given.unit,
        lon=place.longitude if place else None,
        lat=place.latitude if place else None,
    )


READERS: dict[type[Struct], Callable[..., Iterator[Record]]] = {
    Location: _location,
    Sensor: _sensor,
    Measured: _measurement,
}
