"""Smithsonian Global Volcanism Program: the list of Holocene eruptions."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from terraloom.errors import RecordError
from terraloom.records import (
    CALENDAR_BEGINS,
    ONSET_YEAR,
    EventType,
    HazardReport,
    Measurement,
    Payload,
    Reject,
    ReportStatus,
    year_name,
)
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.values import lonlat, number, optional_number
from terraloom.sources.volcanoes import gvp

DAY_S = 86_400.0
YEARS = (-2_600_000, 9999)  # from the beginning of the Quaternary on
_ROUGHLY = {"<": "before ", ">": "after ", "?": "perhaps "}
_STATUS = {
    "Confirmed Eruption": ReportStatus.REVIEWED,
    "Uncertain Eruption": ReportStatus.AUTOMATIC,
    "Discredited Eruption": ReportStatus.DELETED,  # once reported; GVP found that it did not happen
}


class GvpEruptions(Source):
    """
    One report per eruption of the search export (CSV with commas or semicolons, a title row or none, UTF-8 or
    Windows-1252). An eruption is its volcano's number and its own.

    The list has no clock of its own, so that `updated_at` is when it was fetched; an unchanged line is the
    same fragment. A date without month or day begins with its year or month, and `time_resolution_s` says so.
    Discredited eruptions are deletions. An eruption before year 1 has its year in its title and in the
    measurement `onset_year`, and the beginning of the calendar as its onset. What has no start year at all is
    a reject. The list of volcanoes itself tells of no hazard, and no source reads it.
    """

    info = SourceInfo(
        id="gvp-eruptions",
        title="Eruptions of the Holocene",
        provider="GVP",
        agency="gvp",
        url="https://volcano.si.edu/search_eruption.cfm",
        every="1d",
        licence=gvp.LICENCE,
        citation=gvp.CITATION,
        homepage=gvp.HOMEPAGE,
        folder="gvp",
        priority=45,
        time_resolution_s=DAY_S,
        position_error_km=1,
        enabled=False,  # the site gives this export to a browser session; feed it by `terraloom replay`
    )

    def recognises(self, payload: Payload) -> bool:
        head = payload.body[:2000]
        return b"Volcano Number" in head and b"Eruption Number" in head

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        lines = records(payload.body)
        header = next(
            (line for line in lines if b"Volcano Number" in line and b"Eruption Number" in line), None
        )
        if header is None:
            yield reject_payload(payload, RecordError("header", payload.body[:80], "a row of column names"))
            return
        delimiter = ";" if header.count(b";") > header.count(b",") else ","
        try:
            columns = cells(header, delimiter)
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        body = lines[lines.index(header) + 1 :]
        yield from each(
            body, partial(self._read, columns=columns, delimiter=delimiter, seen=payload.fetched_at)
        )

    def _read(self, line: bytes, *, columns: list[str], delimiter: str, seen: datetime) -> HazardReport:
        values = cells(line, delimiter)
        if len(values) != len(columns):
            raise RecordError("columns", len(values), f"{len(columns)} columns")
        said = dict(zip(columns, values, strict=True))
        lon, lat = lonlat(said.get("Longitude"), said.get("Latitude"))
        onset, resolution_s = date(said, "Start")
        ended = date(said, "End")[0] if said.get("End Year") else CALENDAR_BEGINS
        volcano, eruption = digits(said, "Volcano Number"), digits(said, "Eruption Number")
        return HazardReport(
            source=self.info.id,
            agency="gvp",
            source_event_id=f"{volcano}-{eruption}",
            event_type=EventType.VOLCANO,
            title=_title(said),
            description=", ".join(
                filter(None, (said.get("Eruption Category"), said.get("Area of Activity"), began(said)))
            ),
            url=f"https://volcano.si.edu/volcano.cfm?vn={volcano}",
            lon=lon,
            lat=lat,
            onset=onset,
            updated_at=seen,
            valid_until=ended if ended > CALENDAR_BEGINS else None,
            measurements=tuple(_measured(said)),
            status=_status(said.get("Eruption Category", "")),
            time_resolution_s=resolution_s,
            position_error_km=self.info.position_error_km,
            fragment=line,
        )


def records(body: bytes) -> list[bytes]:
    """The lines of a CSV; one whose quotes are open goes on in the next. Empty lines are left out."""
    found: list[bytes] = []
    open_parts: list[bytes] = []
    quotes = 0
    for line in body.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True):
        open_parts.append(line)
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            found.append(b"".join(open_parts))
            open_parts, quotes = [], 0
    if open_parts:
        found.append(b"".join(open_parts))
    return [line for line in found if line.strip(b" \t\r\n,;\x00")]


def cells(line: bytes, delimiter: str) -> list[str]:
    """The fields of one record, trimmed. Raises `RecordError`."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = line.decode("cp1252", "replace")
    try:
        return [cell.strip() for row in csv.reader([text.strip()], delimiter=delimiter) for cell in row]
    except csv.Error as error:
        raise RecordError("line", text[:80], f"a CSV record ({error})") from None


def date(said: dict[str, str], which: str) -> tuple[datetime, float]:
    """
    The start or end, and how coarse it is in seconds; before year 1 the beginning of the calendar. Raises
    `RecordError`.
    """
    year = year_of(said, which)
    if year < 1:
        return CALENDAR_BEGINS, 366 * DAY_S
    month = int(optional_number(f"{which} Month", said.get(f"{which} Month"), low=0, high=12) or 0)
    day = int(optional_number(f"{which} Day", said.get(f"{which} Day"), low=0, high=31) or 0) if month else 0
    try:
        moment = datetime(year, month or 1, day or 1, tzinfo=UTC)
    except ValueError:
        raise RecordError(f"{which} Day", f"{year}-{month}-{day}", "a date that exists") from None
    return moment, DAY_S if day else 31 * DAY_S if month else 366 * DAY_S


def year_of(said: dict[str, str], which: str) -> int:
    """The year of the start or end; negative = BCE, as historians count. Raises `RecordError`."""
    return int(number(f"{which} Year", said.get(f"{which} Year"), low=YEARS[0], high=YEARS[1]))


def began(said: dict[str, str]) -> str:
    """When it began, in words, where a date alone would say too much or cannot say it; else nothing."""
    year, modifier, error = year_of(said, "Start"), said.get("Start Year Modifier", ""), _error(said)
    if year >= 1 and not modifier and error is None:
        return ""
    spread = f" ± {error:g} years" if error is not None else ""
    return f"begun {_ROUGHLY.get(modifier, '')}{year_name(year)}{spread}"


def _error(said: dict[str, str]) -> float | None:
    return optional_number("Start Year Uncertainty", said.get("Start Year Uncertainty"), low=0)


def _title(said: dict[str, str]) -> str:
    year = year_of(said, "Start")
    return f"Eruption of {said.get('Volcano Name', '')}" + (f", {year_name(year)}" if year < 1 else "")


def _measured(said: dict[str, str]) -> Iterator[Measurement]:
    vei, year, error = (
        optional_number("VEI", said.get("VEI"), low=0, high=8),
        year_of(said, "Start"),
        _error(said),
    )
    if vei is not None:
        yield Measurement("vei", vei, "1")
    if year < 1:
        yield Measurement(ONSET_YEAR, year, "a")
    if error is not None:
        yield Measurement(f"{ONSET_YEAR}_error", error, "a")


def digits(said: dict[str, str], column: str) -> str:
    value = said.get(column, "")
    if not (value.isascii() and value.isdigit()):
        raise RecordError(column, value, "digits")
    return value


def _status(category: str) -> ReportStatus:
    if category not in _STATUS:
        raise RecordError("Eruption Category", category, "one of " + ", ".join(_STATUS))
    return _STATUS[category]
