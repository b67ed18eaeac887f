"""
What the feeds of Open-Meteo share: places, units, and columns beside a column of times.

An answer is one place, or a list of places where several were asked for. Times are local at
`utc_offset_seconds`. It holds the past and the forecast alike; only what lies before the answer's own clock
(`current.time`, else the time of receipt) is read. That too is a model's analysis, not an instrument: every
place is a grid cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import DecodeError, Meta, Struct

from terraloom.errors import RecordError
from terraloom.records import Lat, Lon, Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, reject_payload
from terraloom.sources.splitting import mend_json, split_json
from terraloom.sources.values import optional_number, utc

AGENCY = "open-meteo"
LICENCE = "CC BY 4.0"
CITATION = "Zippenfenig, P.: Open-Meteo.com Weather API, https://doi.org/10.5281/zenodo.7970649"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEAR_DEG = 0.25  # half a cell of the coarsest model (CAMS global, 0.4 degrees), and some

CITIES = (
    ("tokyo", "Tokyo", 139.69, 35.69),
    ("shanghai", "Shanghai", 121.47, 31.23),
    ("manila", "Manila", 120.98, 14.60),
    ("jakarta", "Jakarta", 106.85, -6.21),
    ("delhi", "Delhi", 77.21, 28.61),
    ("tehran", "Tehran", 51.39, 35.69),
    ("istanbul", "Istanbul", 28.98, 41.01),
    ("moscow", "Moscow", 37.62, 55.76),
    ("athens", "Athens", 23.73, 37.98),
    ("london", "London", -0.13, 51.51),
    ("reykjavik", "Reykjavík", -21.94, 64.15),
    ("cairo", "Cairo", 31.24, 30.04),
    ("lagos", "Lagos", 3.38, 6.52),
    ("nairobi", "Nairobi", 36.82, -1.29),
    ("johannesburg", "Johannesburg", 28.05, -26.20),
    ("new-york", "New York", -74.01, 40.71),
    ("los-angeles", "Los Angeles", -118.24, 34.05),
    ("mexico-city", "Mexico City", -99.13, 19.43),
    ("bogota", "Bogotá", -74.07, 4.71),
    ("sao-paulo", "São Paulo", -46.63, -23.55),
    ("santiago", "Santiago", -70.67, -33.45),
    ("sydney", "Sydney", 151.21, -33.87),
    ("auckland", "Auckland", 174.76, -36.85),
    ("mcmurdo", "McMurdo", 166.67, -77.85),
)
"""Code, name, degrees east, degrees north. Two dozen: both feeds together stay below 10,000 calls a day."""

UNITS = {
    "°C": "Cel",
    "°F": "[degF]",
    "mp/h": "[mi_i]/h",
    "kn": "[kn_i]",
    "inch": "[in_i]",
    "ft": "[ft_i]",
    "°": "deg",
    "W/m²": "W/m2",
    "μg/m³": "ug/m3",  # Greek mu
    "µg/m³": "ug/m3",  # micro sign
    "grains/m³": "{grains}/m3",
}
"""Units that Open-Meteo writes otherwise than UCUM."""


class Variable(Struct, frozen=True):
    """
    One column: its section (``hourly``, ``daily``), its name, and what it is.

    `before`: its values are of the hour that ends at their time (sums, maxima), not of that moment.
    """

    section: str
    name: str
    metric: Metric
    before: bool = False


class Place(Struct):
    """One place of an answer. A column is beside `time` and as long as it."""

    latitude: Lat
    longitude: Lon
    utc_offset_seconds: Annotated[float, Meta(ge=-86_400, le=86_400)] = 0.0
    current: dict[str, Any] | None = None
    current_units: dict[str, str] = {}
    hourly: dict[str, list[Any]] | None = None
    hourly_units: dict[str, str] = {}
    daily: dict[str, list[Any]] | None = None
    daily_units: dict[str, str] = {}


def address(host: str, variables: Sequence[Variable], more: str) -> str:
    """One request for all cities: the hourly `variables` of the past hours, and the answer's clock."""
    places = (
        f"latitude={_joined(str(lat) for *_, lat in CITIES)}&longitude={_joined(str(c[2]) for c in CITIES)}"
    )
    names = [one.name for one in variables if one.section == "hourly"]
    return f"https://{host}?{places}&hourly={_joined(names)}&current={names[0]}&forecast_hours=1&{more}"


def _joined(parts: Iterable[str]) -> str:
    return ",".join(parts)


def looks_like(body: bytes, variables: Sequence[Variable]) -> bool:
    """Whether `body` is an answer of Open-Meteo in which one of the variables is a column."""
    return b'"generationtime_ms"' in body[:4096] and any(
        b'"%s"' % one.name.encode() in body for one in variables
    )


def read(payload: Payload, variables: Sequence[Variable]) -> Iterator[Record]:
    """The past of every place; one that cannot be read costs no other."""
    try:
        fragments, damage = _places(payload.body)
    except UNREADABLE as error:
        yield reject_payload(payload, error)
        return
    for n, fragment in enumerate(fragments):
        try:
            place = msgspec.json.decode(fragment, type=Place)
            clock = _clock(place, payload.fetched_at)
        except UNREADABLE as error:
            yield Reject(where=f"place {n}", reason=str(error), fragment=fragment[:4096])
            continue
        station = station_at(place.longitude, place.latitude)
        yield station
        yield from _values(place, variables, clock, station.id, f"place {n}")
    yield from damage


def _places(body: bytes) -> tuple[list[bytes], list[Reject]]:
    """The places of an answer, each as JSON; of a single one that was cut off, what came of it."""
    if body.lstrip()[:1] == b"[":
        return split_json(body, "")
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except DecodeError as error:
        mended = mend_json(body)
        msgspec.json.decode(mended, type=Place)
        return [mended], [Reject(where="payload", reason=f"the document ends early: {error}")]
    return [body], []


def _clock(place: Place, received: datetime) -> datetime:
    """The moment up to which values are of the past. Raises `RecordError`."""
    stated = (place.current or {}).get("time")
    return received if stated is None else _utc(str(stated), place.utc_offset_seconds)


@lru_cache(10_000)  # each column has the same times
def _utc(text: str, offset_s: float) -> datetime:
    """A local time, or the beginning of a local day, in UTC. Raises `RecordError`."""
    at = utc(f"{text}T00:00" if len(text) == 10 else text)
    if not 1800 <= at.year <= 9000:  # room for the offset, and for the hour before
        raise RecordError("time", text, "a time within the years 1800 to 9000")
    return at - timedelta(seconds=offset_s)


def station_at(lon: float, lat: float) -> Station:
    """The city whose cell this is, or else the cell itself."""
    for code, title, east, north in CITIES:
        if abs(lon - east) <= NEAR_DEG and abs(lat - north) <= NEAR_DEG:
            return Station(id=f"{AGENCY}/{code}", title=title, lon=east, lat=north, kind="grid")
    return Station(id=f"{AGENCY}/{lat:.3f},{lon:.3f}", lon=lon, lat=lat, kind="grid")


def _values(
    place: Place, variables: Sequence[Variable], clock: datetime, station: str, where: str
) -> Iterator[Observation | Reject]:
    seen: set[tuple[str, datetime]] = set()
    for variable in variables:
        for text, given, unit in _column(place, variable):
            try:
                at, value = _utc(str(text), place.utc_offset_seconds), optional_number(variable.name, given)
            except RecordError as error:
                yield Reject(where=f"{where}, {variable.section}", reason=str(error))
                continue
            past = at + DAY <= clock if variable.section == "daily" else at <= clock
            if value is not None and past and (variable.metric.id, at) not in seen:
                seen.add((variable.metric.id, at))
                yield Observation(
                    metric=variable.metric.id,
                    station=station,
                    time=at - HOUR if variable.before else at,
                    value=value,
                    unit=unit,
                )


def _column(place: Place, variable: Variable) -> Iterator[tuple[object, object, str]]:
    """Times, values and unit of a variable; last, where it is of a moment, its current value."""
    table: Mapping[str, list[Any]] = getattr(place, variable.section) or {}
    units: Mapping[str, str] = getattr(place, f"{variable.section}_units")
    unit = units.get(variable.name, "")
    for at, value in zip(table.get("time", ()), table.get(variable.name, ()), strict=False):
        yield at, value, UNITS.get(unit, unit)
    current = place.current or {}
    if variable.section == "hourly" and not variable.before and variable.name in current:
        unit = place.current_units.get(variable.name, "")
        yield current.get("time"), current[variable.name], UNITS.get(unit, unit)
