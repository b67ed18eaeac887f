"""
Latest observations of stations, by the US National Weather Service: https://api.weather.gov/.

Every value states its unit (WMO codes) and what quality control thinks of it (MADIS,
https://madis.ncep.noaa.gov/madis_qc.shtml). Sums of three and six hours, extremes of a day, and what is
computed from other values (wind chill, heat index) are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Raw, Struct

from terraloom.errors import RecordError
from terraloom.records import Lat, Lon, Metric, Observation, Payload, Quality, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.splitting import mend_json, split_json
from terraloom.sources.values import optional_number, utc
from terraloom.sources.weather.metrics import (
    AIR_TEMPERATURE,
    DEW_POINT,
    PRECIPITATION,
    RELATIVE_HUMIDITY,
    SEA_LEVEL_PRESSURE,
    SURFACE_PRESSURE,
    VISIBILITY,
    WIND_DIRECTION,
    WIND_GUST,
    WIND_SPEED,
)

STATIONS = (
    "KJFK",
    "KMIA",
    "KORD",
    "KDEN",
    "KLAX",
    "KSEA",
    "KMSY",
    "PANC",
    "PABR",
    "PHNL",
    "PGUM",
    "TJSJ",
    "NSTU",
)
"""The United States from Barrow to Pago Pago and from Guam to San Juan."""

URL = "https://api.weather.gov/stations/{station}/observations/latest"
FIELDS = {
    "temperature": AIR_TEMPERATURE,
    "dewpoint": DEW_POINT,
    "relativeHumidity": RELATIVE_HUMIDITY,
    "seaLevelPressure": SEA_LEVEL_PRESSURE,
    "barometricPressure": SURFACE_PRESSURE,
    "windSpeed": WIND_SPEED,
    "windGust": WIND_GUST,
    "windDirection": WIND_DIRECTION,
    "visibility": VISIBILITY,
    "precipitationLastHour": PRECIPITATION,
}
UNITS = {
    "degC": "Cel",
    "degree_(angle)": "deg",
    "m_s-1": "m/s",
    "km_h-1": "km/h",
    "Pa": "Pa",
    "m": "m",
    "mm": "mm",
    "percent": "%",
}
"""WMO's codes (``wmoUnit:km_h-1``; before 2021 ``unit:``) in UCUM."""

DOUBTED = frozenset("XQB")  # rejected, questioned, bad by hand; Z (no control), C, S, V, G are no doubts


class Point(Struct):
    coordinates: tuple[Lon, Lat]


class Quantity(Struct, rename="camel"):
    value: Any = None
    unit_code: str = ""
    quality_control: str | None = None


class Feature(Struct):
    geometry: Point
    properties: dict[str, Raw]


class NwsObservations(Source):
    """A dozen airports, each with its own request; several observations of one come in one collection."""

    info = SourceInfo(
        id="nws-observations",
        title="Weather at stations of the United States",
        provider="US National Weather Service",
        agency="nws",
        url=URL.format(station=STATIONS[0]),
        every="1h",
        emits=Observation,
        metrics=tuple(FIELDS.values()),
        licence="public domain (US government work)",
        citation="US National Weather Service, NOAA",
        homepage="https://www.weather.gov/documentation/services-web-api",
        folder="nws-api",
        rate_per_minute=30,
    )

    def addresses(self, now: datetime) -> tuple[str, ...]:
        return tuple(URL.format(station=station) for station in STATIONS)

    def recognises(self, payload: Payload) -> bool:
        return b'"wx:ObservationStation"' in payload.body and b'"textDescription"' in payload.body

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            fragments, damage = _features(payload.body)
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        for n, fragment in enumerate(fragments):
            try:
                feature = msgspec.json.decode(fragment, type=Feature)
                station, at = _station(feature), _time(feature)
            except UNREADABLE as error:
                yield Reject(where=f"record {n}", reason=str(error), fragment=fragment)
                continue
            yield station
            yield from _values(feature, station.id, at, f"record {n}")
        yield from damage


def _features(body: bytes) -> tuple[list[bytes], list[Reject]]:
    """The observations of a collection, or the only one; of one that was cut off, what came of it."""
    if b'"FeatureCollection"' in body:
        return split_json(body, "features")
    try:
        msgspec.json.decode(body, type=dict[str, Raw])
    except msgspec.DecodeError as error:
        mended = mend_json(body)
        msgspec.json.decode(mended, type=Feature)
        return [mended], [Reject(where="payload", reason=f"the document ends early: {error}")]
    return [body], []


def _text(feature: Feature, name: str) -> str:
    """A text among the properties. Raises `RecordError`, or what msgspec does."""
    if name not in feature.properties:
        raise RecordError(name, sorted(feature.properties)[:10], f"an observation with {name!r}")
    return msgspec.json.decode(feature.properties[name], type=str)


def _station(feature: Feature) -> Station:
    lon, lat = feature.geometry.coordinates
    code = _text(feature, "station").rstrip("/").rpartition("/")[2]
    name = _text(feature, "stationName") if "stationName" in feature.properties else ""
    return Station(id=f"nws/{code}", title=name, lon=lon, lat=lat, elevation_m=_elevation(feature))


def _elevation(feature: Feature) -> float | None:
    given = msgspec.json.decode(feature.properties.get("elevation", Raw(b"null")), type=Quantity | None)
    return None if given is None else optional_number("elevation", given.value)


def _time(feature: Feature) -> datetime:
    at = utc(_text(feature, "timestamp"), field="timestamp")
    if at.year < 1800:
        raise RecordError("timestamp", at, "a time since there are observations")  # and an hour before it
    return at


def _values(feature: Feature, station: str, at: datetime, where: str) -> Iterator[Observation | Reject]:
    for name, metric in FIELDS.items():
        if name not in feature.properties:
            continue
        fragment = bytes(feature.properties[name])
        try:
            quantity = msgspec.json.decode(fragment, type=Quantity | None)
            value = None if quantity is None else optional_number(name, quantity.value)
        except UNREADABLE as error:
            yield Reject(where=f"{where}, {name}", reason=str(error), fragment=fragment)
            continue
        if quantity is not None and value is not None:
            yield _observation(metric, station, at, value, quantity)


def _observation(metric: Metric, station: str, at: datetime, value: float, quantity: Quantity) -> Observation:
    code = quantity.unit_code.rpartition(":")[2]
    judged = (quantity.quality_control or "").rpartition(":")[2]
    return Observation(
        metric=metric.id,
        station=station,
        time=at - timedelta(hours=1) if metric is PRECIPITATION else at,
        value=value,
        unit=UNITS.get(code, code),
        quality=Quality.SUSPECT if judged in DOUBTED else Quality.GOOD,
    )
