"""
HAPI, the time series of heliophysics, https://hapi-server.org: versions 2 and 3, CSV or binary with header.

The header is JSON in lines that begin with ``#``: the parameters with their types, sizes, units and fill
values, and a status. Each record is a time and then all numbers of all parameters, a vector's or spectrum's
side by side. Fills are text ("-1.0E31") for numbers that may be written otherwise; times may lack seconds,
hours, or the month ("1997-245Z"); the bins of a spectrum may be a parameter of their own where they change.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from itertools import product
from math import isclose, prod
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, reject_payload
from terraloom.sources.values import number

OK, NO_DATA = 1200, 1201
MOST_COLUMNS = 100_000  # of a record
NAMES_OF_DATASET = ("dataset", "id")  # HAPI 3, HAPI 2
BINARY = {"double": ("d", 8), "integer": ("i", 4)}  # little-endian

_TIME = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<day_of_year>\d{3})|(?P<month>\d{2})(?:-(?P<day>\d{2}))?))?"
    r"(?:T(?P<hour>\d{2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:\.(?P<fraction>\d+))?)?)?)?Z?",
    re.ASCII,
)
_DURATION = re.compile(
    r"P(?:(?P<years>[\d.]+)Y)?(?:(?P<months>[\d.]+)M)?(?:(?P<weeks>[\d.]+)W)?(?:(?P<days>[\d.]+)D)?"
    r"(?:T(?:(?P<hours>[\d.]+)H)?(?:(?P<minutes>[\d.]+)M)?(?:(?P<seconds>[\d.]+)S)?)?",
    re.ASCII,
)
YEAR, MONTH = timedelta(days=365), timedelta(days=28)  # the shortest, so that a cadence is never too long


class Status(Struct, frozen=True):
    """12xx: well; 14xx: the request is wrong; 15xx: the server is."""

    code: int
    message: str = ""

    @property
    def words(self) -> str:
        return f"HAPI {self.code}: {self.message}"


class Bins(Struct):
    name: str = ""
    units: Any = None
    centers: list[Any] | str | None = None  # text: the parameter that holds them
    ranges: list[Any] | str | None = None


class Parameter(Struct):
    """`size` is empty for a scalar; `units` may be one for all its numbers, or one for each."""

    name: str
    type: str
    length: int = 0  # bytes of a string or time, in binary
    size: list[int] = []
    units: str | list[Any] | None = None
    fill: str | None = None
    description: str = ""
    bins: list[Bins] = []

    @property
    def count(self) -> int:
        return prod(self.size)

    @property
    def is_number(self) -> bool:
        return self.type in BINARY

    def suffixes(self) -> list[str]:
        """What tells its numbers apart: ``[0]``, ``[1]``; of a matrix ``[0,0]``, …, the last index first."""
        if not self.size:
            return [""]
        places = product(*(range(n) for n in self.size))
        return [f"[{','.join(map(str, place))}]" for place in places]

    def unit(self, n: int) -> str:
        """As the server writes it, of the n-th number; "" where it has none."""
        stated = self.units[n] if isinstance(self.units, list) and n < len(self.units) else self.units
        return stated.strip() if isinstance(stated, str) else ""


class Info(Struct, dict=True):
    """What ``/info`` answers, and the header of a data answer."""

    status: Status
    parameters: list[Parameter] = []
    HAPI: str = "2.0"
    startDate: str = ""
    stopDate: str = ""
    cadence: str = ""
    format: str = "csv"

    @cached_property
    def bins(self) -> frozenset[str]:
        """Names of the parameters that are bins of others: axes, not measurements."""
        every = (bins for parameter in self.parameters for bins in parameter.bins)
        return frozenset(name for one in every for name in (one.centers, one.ranges) if isinstance(name, str))

    @property
    def columns(self) -> int:
        return sum(parameter.count for parameter in self.parameters)


class Column(Struct, frozen=True):
    """One number of each record. `at`: its place in the record."""

    at: int
    parameter: str
    suffix: str
    unit: str  # the server's
    fill: float | None
    description: str = ""

    @property
    def name(self) -> str:
        return self.parameter + self.suffix

    def value(self, cell: str | float) -> float | None:
        """None where it is the fill. Raises `RecordError`."""
        if str(cell).strip().lower() == "nan":
            return None
        found = number(self.name, cell)
        # A fill of single precision is printed otherwise than it is declared: 999.90002 for 999.9.
        missing = self.fill is not None and (found == self.fill or isclose(found, self.fill, rel_tol=1e-6))
        return None if missing else found


def isotime(text: str) -> datetime:
    """A time in any of HAPI's forms, UTC. Raises `RecordError`."""
    match = _TIME.fullmatch(text.strip().rstrip("\0"))
    if match is None:
        raise RecordError("Time", text, "an ISO 8601 time, with month and day or with the day of the year")
    year, month, day, hour, minute, second = (
        int(match[name] or default)
        for name, default in zip(("year", "month", "day", "hour", "minute", "second"), "011000", strict=True)
    )
    leap, second = divmod(second, 60)  # 23:59:60 is the next day's first
    try:
        found = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise RecordError("Time", text, f"a time that exists ({error})") from None
    if match["day_of_year"]:
        found += timedelta(days=int(match["day_of_year"]) - 1)
    micros = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    return found + timedelta(minutes=leap, microseconds=micros)


def duration(text: str) -> timedelta | None:
    """An ISO 8601 duration such as a cadence ("PT1H"); None where there is none, or it is not readable."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groupdict().values()):
        return None
    n = {name: float(given or 0) for name, given in match.groupdict().items()}
    calendar = n.pop("years") * YEAR + n.pop("months") * MONTH
    return calendar + timedelta(**n) or None


def split_header(body: bytes) -> tuple[Info, bytes]:
    """
    Header and records of a data answer. Raises `RecordError` for a body without a whole header.

    An error is told as JSON without ``#``: that is a header without records.
    """
    lines, at = list[bytes](), 0
    while body.startswith(b"#", at):
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        lines.append(body[at + 1 : end])
        at = end + 1
    try:
        if not lines:
            return msgspec.json.decode(body, type=Info), b""
        return msgspec.json.decode(b"\n".join(lines), type=Info), body[at:]
    except UNREADABLE as error:
        raise RecordError("header", body[:120], f"HAPI's header, JSON in lines of # ({error})") from None


def columns(info: Info) -> list[Column]:
    """All numbers of a record that are measurements. Raises `RecordError` where the header fits no record."""
    if not info.parameters or info.parameters[0].type != "isotime":
        raise RecordError("parameters", [p.name for p in info.parameters][:5], "the time as the first one")
    if not all(n >= 1 for p in info.parameters for n in p.size) or info.columns > MOST_COLUMNS:
        raise RecordError("size", info.columns, f"sizes of 1 and more, at most {MOST_COLUMNS} columns")
    found, at = list[Column](), 1
    for parameter in info.parameters[1:]:
        if parameter.is_number and parameter.name not in info.bins:
            fill = _fill(parameter)
            found += [
                Column(at + n, parameter.name, suffix, parameter.unit(n), fill, parameter.description)
                for n, suffix in enumerate(parameter.suffixes())
            ]
        at += parameter.count
    return found


def _fill(parameter: Parameter) -> float | None:
    """The fill of a parameter; NaN, which is no value anyway, counts as none."""
    given = (parameter.fill or "nan").strip()
    return None if given.lower() == "nan" else number(f"{parameter.name}.fill", given)


Cells = list[Any]
Line = tuple[bytes, Callable[[], Cells]]


def records(info: Info, body: bytes) -> Iterator[Line]:
    """Each record verbatim, and what reads its cells (which raises `RecordError`)."""
    if info.format == "binary" or _is_binary(info, body):
        return _binary(struct.Struct(_layout(info)), body)
    return ((line, partial(_cells, info, line)) for line in body.splitlines() if line.strip())


def _cells(info: Info, line: bytes) -> list[str]:
    cells = line.decode("utf-8").split(",")
    if len(cells) != info.columns and b'"' in line:
        cells = _quoted(line.decode("utf-8"))
    if len(cells) != info.columns:
        raise RecordError("record", len(cells), f"{info.columns} columns, as the header says")
    return cells


def _quoted(line: str) -> list[str]:
    """Cells of which some are in quotes, because their text holds commas."""
    return [cell.strip('"') for cell in re.findall(r'"[^"]*"|[^,]+|(?<=,)(?=,|$)', line)]


def _layout(info: Info) -> str:
    """The `struct` format of one record. Raises `RecordError` for strings without a length."""
    parts = ["<"]
    for parameter in info.parameters:
        code, length = BINARY.get(parameter.type, ("s", parameter.length))
        if not length:
            raise RecordError(f"{parameter.name}.length", parameter.length, "a number of bytes")
        parts.append(f"{parameter.count}{code}" if code != "s" else f"{length}s" * parameter.count)
    return "".join(parts)


def _is_binary(info: Info, body: bytes) -> bool:
    """Servers write "csv" into the header of a binary answer: text has no zeros."""
    return b"\0" in body[:4096] and all(
        parameter.length or parameter.is_number for parameter in info.parameters
    )


def _binary(layout: struct.Struct, body: bytes) -> Iterator[Line]:
    for start in range(0, len(body), layout.size):
        yield body[start : start + layout.size], partial(_unpacked, layout, body, start)


def _unpacked(layout: struct.Struct, body: bytes, start: int) -> list[Any]:
    if start + layout.size > len(body):
        raise RecordError("record", len(body) - start, f"{layout.size} bytes")
    cells = layout.unpack_from(body, start)
    return [cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell for cell in cells]


class HapiSource(Source):
    """A dataset that is its `info` and its `fields`: what parameters measure, and in which unit (UCUM)."""

    dataset: ClassVar[str]
    fields: ClassVar[Mapping[str, tuple[Metric, str]]]
    place: ClassVar[Station]

    def recognises(self, payload: Payload) -> bool:
        try:
            header, _ = split_header(payload.body)
        except RecordError:
            return False
        return any(parameter.name in self.fields for parameter in header.parameters)

    def meaning(self, column: Column, payload: Payload, info: Info) -> tuple[Metric, str, Station] | None:
        """What a column measures, its unit, and where; None for one that is passed over."""
        known = self.fields.get(column.name)
        return (*known, self.place) if known else None

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            info, body = split_header(payload.body)
            if info.status.code == NO_DATA:
                return
            if info.status.code != OK:
                raise RecordError("status", info.status.words, "HAPI 1200: OK")
            wanted = [
                (column, *found)
                for column in columns(info)
                if (found := self.meaning(column, payload, info)) is not None
            ]
            lines = records(info, body)
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        yield from dict.fromkeys(station for *_, station in wanted)
        for n, (fragment, cells) in enumerate(lines):
            yield from _read(n, fragment, cells, wanted)


def _read(
    n: int,
    fragment: bytes,
    cells_of: Callable[[], Cells],
    wanted: list[tuple[Column, Metric, str, Station]],
) -> Iterator[Record]:
    """The values of one record; one that cannot be read costs no other."""
    try:
        cells = cells_of()
        at = isotime(cells[0])
    except UNREADABLE as error:
        yield Reject(where=f"record {n}", reason=str(error), fragment=fragment)
        return
    for column, metric, unit, station in wanted:
        try:
            value = column.value(cells[column.at])
        except RecordError as error:
            yield Reject(where=f"record {n}", reason=str(error), fragment=fragment)
            continue
        if value is not None:
            yield Observation(metric=metric.id, station=station.id, time=at, value=value, unit=unit)


def dataset_of(payload: Payload) -> str:
    """The dataset that was asked for, by the address; "" where that names none."""
    query = parse_qs(urlsplit(payload.url).query)
    return next((query[name][0] for name in NAMES_OF_DATASET if name in query), "")
