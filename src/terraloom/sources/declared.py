"""
Sources that need no code: a plain JSON, CSV or text table, described by its columns.

```python
class ExampleTides(DeclaredSource):
    info = SourceInfo(id="example-tides", …, emits=Observation, metrics=(WATER_LEVEL,))
    table = Table(
        format=Format.JSON, records="data", time=("t",), station="id",
        fields=(Field("v", WATER_LEVEL, unit="[ft_i]", missing=("-99",)),),
    )
```

A value that is one of `NOTHING` or of the field's `missing` gives no observation. One that cannot be read, or
is not there at all, costs only itself.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Quality, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, reject_payload
from terraloom.sources.splitting import split_json
from terraloom.sources.values import NOTHING, NUMBER, as_utc, epoch_ms, lonlat, number, optional_number, utc

Cells = Mapping[str, Any]
EPOCH_S, EPOCH_MS = "epoch_s", "epoch_ms"


class Format(str, Enum):
    JSON = "json"  # an array of objects, or of arrays of which the first holds the names
    CSV = "csv"  # separated columns; the first line holds the names where `names` does not
    TEXT = "text"  # columns apart by blanks


class Field(Struct, frozen=True):
    """
    One column: its name (in JSON a path, see `find`), what it measures, and the feed's UCUM unit if another.

    `place` is where this column's values are from, where they have a place of their own in a table without
    stations.
    """

    name: str
    metric: Metric
    unit: str = ""
    missing: tuple[
        str, ...
    ] = ()  # how this feed writes "no value", beside `values.NOTHING`; -99 is -99.0 too
    optional: bool = False  # some records have no such column
    place: Station | None = None
    case: str = ""  # holds only in records whose column `Table.case` says so
    offset_h: float = 0.0  # from the record's time to that of this value, h


class Table(Struct, frozen=True, kw_only=True):
    """
    How a plain feed is laid out.

    `time` names the columns that make a time, joined by a blank, as `time_format` says: ISO 8601-like where
    it is empty, `EPOCH_S`, `EPOCH_MS`, a format of `datetime.strptime`, or a function of the text that raises
    `RecordError`; without a zone they are UTC + `utc_offset_h`. Names that a line of names repeats are told
    apart as ``ANOM``, ``ANOM.2``, ``ANOM.3``.

    `station` names the column of the station's code; without it all values are those of `place`. `lon` and
    `lat` name the columns of its place; of a platform that moves where `mobile`.

    `case` names the column that says what a record measures, where each thing measured has a record of its
    own; records in which it holds one of `unwanted` are passed over. `quality` names the column in which the
    feed doubts its values: suspect unless it says `good`.
    """

    format: Format
    fields: tuple[Field, ...]
    time: tuple[str, ...]
    time_format: str | Callable[[str], datetime] = ""
    utc_offset_h: float = 0.0
    station: str = ""
    title: str = ""  # the column of the station's name
    place: Station | None = None
    lon: str = ""
    lat: str = ""
    lon_360: bool = False  # longitudes are 0..360
    mobile: bool = False
    kind: str = "fixed"
    records: str = ""  # JSON: dotted path of the array; empty where the document is the array
    case: str = ""
    unwanted: tuple[str, ...] = ()
    quality: str = ""
    good: tuple[str, ...] = ("0",)
    names: tuple[str, ...] = ()  # CSV, TEXT: of the columns, where no line holds them
    header: str = ""  # CSV, TEXT: how the line of names begins, where it is a comment or not the first;
    # JSON: the array of names, where the rows are arrays and do not begin with it
    separator: str = ","  # CSV
    comment: str = "#"  # CSV, TEXT: lines that begin with one of these characters are none


class DeclaredSource(Source):
    """A source that is its `info` and its `table`."""

    table: ClassVar[Table]

    def recognises(self, payload: Payload) -> bool:
        return recognises(payload, self.table, self.amend)

    def parse(self, payload: Payload) -> Iterator[Record]:
        return read_table(payload, self.table, self.info.agency, self.amend)

    def amend(self, cells: Cells) -> Cells:
        """A record's columns as the table names them, where a form of the feed names them otherwise."""
        return cells


def _unchanged(cells: Cells) -> Cells:
    return cells


def recognises(payload: Payload, table: Table, amend: Callable[[Cells], Cells] = _unchanged) -> bool:
    """Whether the first record has all of the columns, a time in them, and what it measures."""
    try:
        rows, _ = split(payload.body, table)
        first = next(iter(rows), None)
        cells = amend(first[1]()) if first else {}
        _time(cells, table), _fields(cells, table)
    except UNREADABLE:
        return False
    return all(_has(cells, name) for name in _needed(table))


def read_table(
    payload: Payload, table: Table, agency: str, amend: Callable[[Cells], Cells] = _unchanged
) -> Iterator[Record]:
    """Every value of a table; stations, where it says where they are, before their first value."""
    try:
        rows, damage = split(payload.body, table)
    except UNREADABLE as error:
        yield reject_payload(payload, error)
        return
    yield from read_rows(rows, table, agency, amend)
    yield from damage


def read_rows(
    rows: Iterable[Row], table: Table, agency: str, amend: Callable[[Cells], Cells] = _unchanged
) -> Iterator[Record]:
    """As `read_table`, of records that are cut already."""
    told: dict[str, Station] = {}
    if table.place is not None:
        yield table.place
    yield from dict.fromkeys(field.place for field in table.fields if field.place is not None)
    for n, (fragment, cells_of) in enumerate(rows):
        try:
            cells = amend(cells_of())
            at, station = _time(cells, table), _station(cells, table, agency)
            fields = _fields(cells, table)
        except UNREADABLE as error:
            yield Reject(where=f"record {n}", reason=str(error), fragment=fragment)
            continue
        if not fields:
            continue
        known = msgspec.structs.replace(station, lon=None, lat=None) if table.mobile else station
        if known != table.place and told.get(known.id) != known:
            told[known.id] = known
            yield known
        lon, lat = (station.lon, station.lat) if table.mobile else (None, None)
        template = Observation(
            metric="",
            station=station.id,
            time=at,
            value=None,
            lon=lon,
            lat=lat,
            quality=_quality(cells, table),
        )
        yield from read_fields(cells, fields, template, where=f"record {n}", fragment=fragment)


def read_fields(
    cells: Cells, fields: Iterable[Field], template: Observation, *, where: str, fragment: bytes
) -> Iterator[Observation | Reject]:
    """One observation of each field that has a value, as `template` says where and when it was."""
    for field in fields:
        try:
            value, at = _value(cells, field), _later(template.time, field)
        except RecordError as error:
            yield Reject(where=where, reason=str(error), fragment=fragment)
            continue
        if value is not None:
            station = field.place.id if field.place else template.station
            yield msgspec.structs.replace(
                template, metric=field.metric.id, station=station, time=at, value=value, unit=field.unit
            )


def _later(at: datetime, field: Field) -> datetime:
    try:
        return at + timedelta(hours=field.offset_h) if field.offset_h else at
    except OverflowError:
        raise RecordError(field.name, at, f"a time {field.offset_h} h before the calendar's end") from None


def _fields(cells: Cells, table: Table) -> Sequence[Field]:
    """The fields that hold in this record. Raises `RecordError` where it measures what none of them says."""
    if not table.case:
        return table.fields
    case = str(find(cells, table.case)).strip()
    if case in table.unwanted:
        return ()
    fields = [field for field in table.fields if field.case == case]
    if not fields:
        raise RecordError(table.case, case, "one of " + ", ".join(sorted({f.case for f in table.fields})))
    return fields


def _quality(cells: Cells, table: Table) -> Quality:
    said = find(cells, table.quality) if table.quality else None
    return Quality.GOOD if said is None or str(said).strip() in table.good else Quality.SUSPECT


def _value(cells: Cells, field: Field) -> float | None:
    given = find(cells, field.name)
    if given is None and not field.optional and not _has(cells, field.name):
        raise RecordError(field.name, sorted(cells)[:20], "a record with this column")
    return None if field.missing and _is_missing(given, field) else optional_number(field.name, given)


def _is_missing(given: Any, field: Field) -> bool:
    if isinstance(given, int | float):  # of JSON, where -99 and -99.00 are one number
        return given in _numbers(field.missing)
    return str(given).strip() in field.missing


@cache
def _numbers(texts: tuple[str, ...]) -> frozenset[float]:
    return frozenset(float(text) for text in texts if NUMBER.fullmatch(text))


def find(cells: Cells, path: str) -> Any:
    """
    The value at a name, or a dotted path through objects and arrays (``geometry.coordinates.0``); None where
    there is none.
    """
    if path in cells:
        return cells[path]
    found: Any = cells
    for name in path.split("."):
        found = _step(found, name) if _leads(found, name) else None
    return found


def _leads(inner: Any, name: str) -> bool:
    if isinstance(inner, list):
        return name.isdecimal() and int(name) < len(inner)
    return isinstance(inner, Mapping) and name in inner


def _step(inner: Any, name: str) -> Any:
    return inner[int(name)] if isinstance(inner, list) else inner[name]


def _has(cells: Cells, path: str) -> bool:
    if path in cells:
        return True
    head, _, name = path.rpartition(".")
    return bool(head) and _leads(find(cells, head), name)


def _needed(table: Table) -> list[str]:
    columns = (table.station, table.lon, table.lat, table.case, table.quality)
    return [
        *table.time,
        *(name for name in columns if name),
        *(field.name for field in table.fields if not field.optional),
    ]


def _time(cells: Cells, table: Table) -> datetime:
    given = [find(cells, name) for name in table.time]
    field = " ".join(table.time)
    if table.time_format == EPOCH_MS:
        return epoch_ms(field, given[0])
    if table.time_format == EPOCH_S:
        return epoch_ms(field, number(field, given[0]) * 1000.0)
    text = " ".join(str(part).strip() for part in given)
    if callable(table.time_format):
        return table.time_format(text)
    if not table.time_format:
        return utc(text, field=field) - timedelta(hours=table.utc_offset_h)
    try:
        return as_utc(datetime.strptime(text, table.time_format), UTC) - timedelta(hours=table.utc_offset_h)
    except (ValueError, OverflowError):
        raise RecordError(field, text, f"a time as {table.time_format}") from None


def _station(cells: Cells, table: Table, agency: str) -> Station:
    if not table.station:
        if table.place is None:
            raise RecordError("station", None, "a table with a column `station`, or one `place`")
        return table.place if not table.mobile else _placed(table.place, cells, table)
    code = _text(cells, table.station)
    if not code:
        raise RecordError(table.station, find(cells, table.station), "the code of a station")
    title = _text(cells, table.title) if table.title else ""
    return _placed(Station(id=f"{agency}/{code}", title=title, kind=table.kind), cells, table)


def _text(cells: Cells, name: str) -> str:
    given = find(cells, name)
    return "" if given is None else str(given).strip()  # a code may be the number 0


def _placed(station: Station, cells: Cells, table: Table) -> Station:
    if not table.lon:
        return station
    lon, lat = find(cells, table.lon), find(cells, table.lat)
    if table.mobile and all(str(part or "").strip().lower() in NOTHING for part in (lon, lat)):
        return station  # where it was is not told
    lon, lat = lonlat(lon, lat, lon_360=table.lon_360)
    return msgspec.structs.replace(station, lon=lon, lat=lat)


Row = tuple[bytes, Callable[[], Cells]]
"""One record: its bytes, and what reads them."""


def split(body: bytes, table: Table) -> tuple[Iterable[Row], list[Reject]]:
    """The records of a table, unread, and what is wrong with it as a whole. Raises `RecordError`."""
    if table.format is Format.JSON:
        fragments, damage = split_json(body, table.records)
        return _json_rows(fragments, _json_names(body, table.header)), damage
    lines = [line for line in body.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
    names: Sequence[str] = table.names
    if not names:
        at = _header(lines, table)
        names, lines = _distinct(_cells(lines[at].lstrip(b"# "), table)), lines[at + 1 :]
        _require(names, table)
    rows = [line for line in lines if not _is_comment(line, table)]
    return [(line, _line_reader(line, names, table)) for line in rows], []


def _header(lines: Sequence[bytes], table: Table) -> int:
    """Which line names the columns. Raises `RecordError`."""
    begins = table.header.encode()
    for n, line in enumerate(lines):
        if line.lstrip().startswith(begins) and (begins or not _is_comment(line, table)):
            return n
    first = lines[0][:80] if lines else b""
    raise RecordError("header", first, f"a line that names the columns {table.header}".rstrip())


def _is_comment(line: bytes, table: Table) -> bool:
    return line.lstrip()[:1] in table.comment.encode()


def _distinct(names: Sequence[str]) -> list[str]:
    """Names in which one that repeats gets a number: ``ANOM``, ``ANOM.2``, ``ANOM.3``."""
    seen = Counter[str]()
    distinct: list[str] = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return distinct


def _require(names: Sequence[str], table: Table) -> None:
    lacking = [name for name in _needed(table) if name not in names]
    if lacking:
        raise RecordError("header", list(names)[:20], "columns " + ", ".join(lacking))


def _line_reader(line: bytes, names: Sequence[str], table: Table) -> Callable[[], Cells]:
    def read() -> Cells:
        cells = _cells(line, table)
        if len(cells) < len(names):
            raise RecordError("line", len(cells), f"{len(names)} columns")
        return dict(zip(names, cells, strict=False))

    return read


def _cells(line: bytes, table: Table) -> list[str]:
    try:
        text = line.decode("utf-8")
        if table.format is Format.TEXT:
            return text.split()
        return [cell.strip() for cell in next(csv.reader([text], delimiter=table.separator))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RecordError("line", line[:80], f"{table.format.value} in UTF-8 ({error})") from None


def _json_names(body: bytes, key: str) -> list[str]:
    """The array `key` of names, found also in a document that is cut off. Raises `RecordError`."""
    if not key:
        return []
    found = re.search(rb'"%s"\s*:\s*(\[[^\[\]]*\])' % re.escape(key.encode()), body)
    if found is None:
        raise RecordError(key, body[:80], "an array of the names of the columns")
    return msgspec.json.decode(found[1], type=list[str])


def _json_rows(fragments: Sequence[bytes], names: list[str]) -> list[Row]:
    """Objects as they are; arrays by `names`, where there are none by those that the first of them holds."""
    rows: list[Row] = []
    for fragment in fragments:
        if fragment.lstrip()[:1] != b"[":
            rows.append((fragment, _object_reader(fragment)))
        elif names:
            rows.append((fragment, _array_reader(fragment, names)))
        else:
            names = msgspec.json.decode(fragment, type=list[str])
    return rows


def _object_reader(fragment: bytes) -> Callable[[], Cells]:
    return lambda: msgspec.json.decode(fragment, type=dict[str, Any])


def _array_reader(fragment: bytes, names: Sequence[str]) -> Callable[[], Cells]:
    def read() -> Cells:
        values = msgspec.json.decode(fragment, type=list[Any])
        if len(values) != len(names):
            raise RecordError("row", len(values), f"{len(names)} values, as the first row names")
        return dict(zip(names, values, strict=True))

    return read
