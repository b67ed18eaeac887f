"""Tables with a year in each row and its months in columns, as agencies publish climate series."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, reject_payload
from terraloom.sources.values import number, optional_number

MONTHS = tuple(calendar.month_abbr[1:])


class MonthTable(Struct, frozen=True, kw_only=True):
    """
    One series. Its line of names is ``Year`` and the twelve months, whatever stands before it and whatever
    other columns follow (means of seasons and years, which can be had from the months).
    """

    metric: Metric
    place: Station
    separator: str | None = None  # None: blanks
    missing: tuple[str, ...] = ()


def read_months(payload: Payload, table: MonthTable) -> Iterator[Record]:
    """One value of each month, at its beginning."""
    try:
        lines = payload.body.decode("utf-8-sig").splitlines()
        first = header(lines, table) + 1
    except UNREADABLE as error:
        yield reject_payload(payload, error)
        return
    yield table.place
    for n, line in enumerate(lines[first:]):
        if line.strip():
            try:
                yield from list(_year(_cells(line, table), table))
            except RecordError as error:
                yield Reject(where=f"record {n}", reason=str(error), fragment=line.encode())


def header(lines: Iterable[str], table: MonthTable) -> int:
    """Which line names the columns. Raises `RecordError`."""
    names = ["Year", *MONTHS]
    for n, line in enumerate(lines):
        if line.lstrip().startswith("Year") and _cells(line, table)[: len(names)] == names:
            return n
    raise RecordError("header", "", "a line of names: Year, Jan, …, Dec")


def _cells(line: str, table: MonthTable) -> list[str]:
    return [cell.strip() for cell in line.split(table.separator)]


def _year(cells: Sequence[str], table: MonthTable) -> Iterator[Observation]:
    year = int(number("Year", cells[0], low=1, high=9999))
    if len(cells) <= len(MONTHS):
        raise RecordError("line", len(cells), "a year and twelve months")
    for month, cell in enumerate(cells[1 : len(MONTHS) + 1], 1):
        value = None if cell in table.missing else optional_number(MONTHS[month - 1], cell)
        if value is not None:
            at = datetime(year, month, 1, tzinfo=UTC)
            yield Observation(metric=table.metric.id, station=table.place.id, time=at, value=value)
