"""ATCF decks of NHC: the best track (b-deck), and the first line of official forecasts."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import UNREADABLE, Fetcher, Source, SourceInfo, each, reject_payload
from terraloom.sources.cyclones import nhc, storms
from terraloom.sources.cyclones.nhc_advisory import INDEX
from terraloom.sources.values import number

DIRECTORY = "https://ftp.nhc.noaa.gov/atcf/btk/"

_ROW = re.compile(rb"\s*[A-Z]{2},\s*\d{2},\s*\d{10},")
_DEGREES = re.compile(r"(\d{1,4})([NSEW])")


class Row(Struct, frozen=True):
    """One line: a fix with the wind radii of one threshold."""

    fix: nhc.Fix
    line: bytes


class NhcBestTrack(Source):
    """
    One report per fix of the storm's track, six-hourly and at landfalls.

    A fix has one line per wind threshold (34, 50, 64 kt); they are joined, and the fragment is those lines.
    Positions are tenths of a degree with a hemisphere letter. Best-track lines give the minutes in their
    fourth column. Lines of forecast hours are no reports.
    """

    info = SourceInfo(
        id="nhc-best-track",
        title="Working best tracks of active tropical cyclones (ATCF b-decks)",
        provider="NHC",
        agency="nhc",
        url=DIRECTORY,
        every="10m",
        licence=nhc.LICENCE,
        citation=nhc.CITATION,
        homepage=nhc.HOMEPAGE,
        folder="nhc",
        priority=22,
        position_error_km=10,
        rate_per_minute=20,
    )

    def fetch(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        """The b-deck of each active storm."""
        return self._fetch_all(fetcher)

    async def _fetch_all(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        index = await fetcher.get(INDEX, kind="index", conditional=False)
        for atcf in active_ids(index.body) if index is not None else ():
            payload = await fetcher.get(f"{DIRECTORY}b{atcf.lower()}.dat", kind="deck")
            if payload is not None:
                yield payload

    def recognises(self, payload: Payload) -> bool:
        return _ROW.match(payload.body[:200]) is not None

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        lines = [line for line in payload.body.splitlines(keepends=True) if line.strip(b"\x00\r\n\t ")]
        if not lines or not any(_ROW.match(line[:200]) for line in lines[:10]):
            yield reject_payload(payload, RecordError("deck", payload.body[:80], "ATCF lines"))
            return
        rows: list[Row] = []
        for row in each(lines, read_row):
            if isinstance(row, Reject):
                yield row
            elif row is not None:
                rows.append(row)
        for _, group in groupby(rows, key=lambda row: (row.fix.atcf, row.fix.at)):
            yield self._join(list(group))

    def _join(self, rows: list[Row]) -> HazardReport:
        radii: dict[str, float] = {}
        for row in rows:
            radii |= row.fix.radii
        fix = msgspec.structs.replace(rows[0].fix, radii=radii)
        return nhc.report(self.info.id, fix, b"".join(row.line for row in rows))


def active_ids(body: bytes) -> tuple[str, ...]:
    """ATCF ids in CurrentStorms.json; none where it is not readable."""
    try:
        return tuple(storms.atcf_id(storm["id"]) for storm in msgspec.json.decode(body)["activeStorms"])
    except (*UNREADABLE, KeyError, TypeError, AttributeError):
        return ()


def read_row(line: bytes) -> Row | None:
    """One line of a deck; None for a forecast hour. Raises `RecordError`."""
    column = [field.strip() for field in line.decode("ascii", "replace").split(",")]
    if len(column) < 11:
        raise RecordError("line", line[:80], "at least 11 ATCF columns")
    if column[5] not in ("0", "000", ""):
        return None
    atcf = storms.atcf_id(f"{column[0]}{column[1]}{_season(column)}")
    fix = nhc.Fix(
        atcf=atcf,
        name=column[27] if len(column) > 27 else "",
        stage=nhc.stage(column[10]),
        lon=degrees("lon", column[7], "E", "W"),
        lat=degrees("lat", column[6], "N", "S"),
        at=_time(column),
        wind_kt=nhc.wind("wind", column[8]),
        pressure_hpa=nhc.pressure(column[9]),
        radii=_radii(column),
    )
    return Row(fix, line)


def degrees(field: str, text: str, positive: str, negative: str) -> float:
    """Tenths of a degree with a hemisphere letter ("838W" is -83.8). Raises `RecordError`."""
    match = _DEGREES.fullmatch(text)
    if match is None or match[2] not in (positive, negative):
        raise RecordError(field, text, f"tenths of a degree with {positive} or {negative}")
    value = int(match[1]) / 10 * (1 if match[2] == positive else -1)
    if field == "lon" and 180 < abs(value) <= 360:  # decks run on past the antimeridian
        value -= 360 if value > 0 else -360
    return number(field, value, low=-180 if field == "lon" else -90, high=180 if field == "lon" else 90)


def _season(column: list[str]) -> str:
    """The year in the id: the date's, but southern seasons, from July on, are named by their second year."""
    year, month = column[2][:4], column[2][4:6]
    if column[0] in ("SH", "SL", "LS") and month.isdigit() and int(month) >= 7 and year.isdigit():
        return f"{int(year) + 1:04d}"
    return year


def _time(column: list[str]) -> datetime:
    text = column[2]
    try:
        if len(text) != 10 or not text.isdigit():
            raise ValueError("not YYYYMMDDHH")
        minutes = int(column[3]) if column[4] == "BEST" and column[3].isdigit() else 0
        return datetime.strptime(text, "%Y%m%d%H").replace(tzinfo=UTC) + timedelta(minutes=minutes)
    except (ValueError, OverflowError):
        raise RecordError("time", text, "a time as YYYYMMDDHH") from None


def _radii(column: list[str]) -> dict[str, float]:
    """Quadrants from the north-east on, clockwise (NEQ), or one radius for the full circle (AAA)."""
    if len(column) < 17 or column[11] not in ("34", "50", "64"):
        return {}
    values = tuple(number("radius", text or "0", low=0, high=1500) for text in column[13:17])
    if column[12] == "AAA":
        values = (values[0],) * 4
    elif column[12] != "NEQ":
        return {}
    return nhc.radii(int(column[11]), values) if any(values) else {}
