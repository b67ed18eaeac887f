"""
OpenAQ, version 1 of its API, which was switched off in 2025: latest values, measurements and locations.

Not polled; for what was kept of it. Locations have no number, so a station is country, city and name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Lat, Lon, Observation, Payload, Record, Reject, Station
from terraloom.sources.air import openaq
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc


class Coordinates(Struct):
    latitude: Lat
    longitude: Lon


class Date(Struct):
    utc: str


class Value(Struct, rename="camel"):
    """One of the latest values of a location."""

    parameter: str
    value: Any
    unit: str
    last_updated: str


class Entry(Struct):
    """A location with its latest values, one measurement of a location, or a location alone."""

    location: str
    country: str
    city: str = ""
    coordinates: Coordinates | None = None
    measurements: list[Value] | None = None
    parameter: str = ""
    value: Any = None
    unit: str = ""
    date: Date | None = None


class OpenaqV1AirQuality(Source):
    """Recordings of the API's first version, whichever of its three lists they are of."""

    info = SourceInfo(
        id="openaq-v1-air-quality",
        title="Air quality at monitors, older recordings",
        provider=openaq.PROVIDER,
        agency=openaq.AGENCY,
        url="https://api.openaq.org/v1/latest",
        every="1d",
        emits=Observation,
        metrics=openaq.METRICS,
        licence=openaq.LICENCE,
        citation=openaq.CITATION,
        homepage=openaq.HOMEPAGE,
        folder="openaq-v1",
        enabled=False,
    )

    def recognises(self, payload: Payload) -> bool:
        try:
            fragments, _ = split_json(payload.body, "results")
            names = msgspec.json.decode(fragments[0], type=dict[str, Any]).keys() if fragments else ()
        except UNREADABLE:
            return False
        return b'"openaq-api"' in payload.body and {"location", "country"} <= set(names)

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            fragments, damage = split_json(payload.body, "results")
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        for n, fragment in enumerate(fragments):
            try:
                entry = msgspec.json.decode(fragment, type=Entry)
                station = _station(entry)
            except UNREADABLE as error:
                yield Reject(where=f"record {n}", reason=str(error), fragment=fragment)
                continue
            yield station
            for value in _values(entry):
                try:
                    yield from _observed(value, station.id)
                except RecordError as error:
                    yield Reject(where=f"record {n}", reason=str(error), fragment=fragment)
        yield from damage


def _station(entry: Entry) -> Station:
    parts = [part.strip().replace("/", "-") for part in (entry.country, entry.city, entry.location)]
    if not parts[0] or not parts[2]:
        raise RecordError("location", entry.location, "a name, in a country")
    place = entry.coordinates
    return Station(
        id=f"{openaq.AGENCY}/v1/{'/'.join(parts)}",
        title=parts[2],
        lon=place.longitude if place else None,
        lat=place.latitude if place else None,
    )


def _values(entry: Entry) -> list[Value]:
    if entry.measurements is not None:
        return entry.measurements
    return [Value(entry.parameter, entry.value, entry.unit, entry.date.utc)] if entry.date else []


def _observed(value: Value, station: str) -> Iterator[Observation]:
    given = openaq.reading(value.parameter, value.unit, value.value)
    if given is not None:
        at = utc(value.last_updated)
        yield Observation(
            metric=given.metric.id, station=station, time=at, value=given.value, unit=given.unit
        )
