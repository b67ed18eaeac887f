"""HURDAT2 of NHC: the best tracks of all storms since 1851, as analysed after each season."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Fetcher, Source, SourceInfo, each, reject_payload
from terraloom.sources.cyclones import nhc, storms
from terraloom.sources.values import number

DIRECTORY = "https://www.nhc.noaa.gov/data/hurdat/"

_STORM = re.compile(rb"\s*(?P<atcf>[A-Z]{2}\d{6}),\s*(?P<name>[^,]*?),\s*\d+\s*,?\s*")
_FILE = re.compile(
    rb"\b(?P<file>hurdat2-(?P<basin>nepac-)?\d{4}-(?P<season>\d{4})"
    rb"-(?P<month>\d{2})(?P<day>\d{2})(?P<year>\d{4}|\d{2})\w?\.txt)\b"
)
MARKS = {"L": "Landfall", "C": "Closest approach to a coast", "W": "Highest wind", "P": "Lowest pressure"}
UNKNOWN = frozenset({"-99", "-999"})


class Line(Struct, frozen=True):
    """One fix, and the storm that it is of."""

    atcf: str
    name: str
    fragment: bytes

    def __bytes__(self) -> bytes:
        return self.fragment


class NhcHurdat(Source):
    """
    One report per fix: https://www.nhc.noaa.gov/data/hurdat/hurdat2-format-atl-1851-2021.pdf.

    A line names the storm, those below it are its fixes: date, time, mark, stage, position, wind, pressure,
    radii of 34, 50 and 64 kt by quadrant, radius of maximum wind. -99 and -999 are unknown.
    """

    info = SourceInfo(
        id="nhc-hurdat",
        title="Best tracks of past hurricanes (HURDAT2)",
        provider="NHC",
        agency="nhc",
        url=DIRECTORY,
        every="1d",
        licence=nhc.LICENCE,
        citation="Landsea & Franklin (2013), doi:10.1175/MWR-D-12-00254.1; " + nhc.CITATION,
        homepage=nhc.HOMEPAGE,
        folder="tropycal-hurdat",
        priority=18,
        position_error_km=10,
        enabled=False,  # 85,000 fixes that change once a year
    )

    def fetch(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        """The newest file of the Atlantic and of the north-east Pacific."""
        return self._fetch_newest(fetcher)

    async def _fetch_newest(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        index = await fetcher.get(DIRECTORY, kind="index", conditional=False)
        for name in newest(index.body) if index is not None else ():
            payload = await fetcher.get(DIRECTORY + name)
            if payload is not None:
                yield payload

    def recognises(self, payload: Payload) -> bool:
        return _STORM.fullmatch(payload.body[:200].partition(b"\n")[0]) is not None

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        if not self.recognises(payload):
            error = RecordError("HURDAT2", payload.body[:80], "a line that names a storm")
            yield reject_payload(payload, error)
            return
        yield from each(lines(payload.body), self.read)

    def read(self, line: Line) -> HazardReport:
        """One fix. Raises `RecordError`."""
        column = [field.strip() for field in line.fragment.decode("ascii", "replace").split(",")]
        if len(column) < 20:
            raise RecordError("line", line.fragment[:80], "at least 20 columns of HURDAT2")
        lon, lat = nhc.position(f"{column[4]} {column[5]}")
        fix = nhc.Fix(
            atcf=storms.atcf_id(line.atcf),
            name=line.name,
            stage=nhc.stage(column[3]),
            lon=lon,
            lat=lat,
            at=_time(column),
            wind_kt=None if column[6] in UNKNOWN else nhc.wind("wind", column[6]),
            pressure_hpa=None if column[7] in UNKNOWN else nhc.pressure(column[7]),
            radii=_radii(column),
            description=MARKS.get(column[2], ""),
        )
        return nhc.report(self.info.id, fix, line.fragment)


def lines(body: bytes) -> Iterator[Line]:
    """Every line of a fix, with the storm that was named last."""
    atcf = name = ""
    for line in body.splitlines(keepends=True):
        named = _STORM.fullmatch(line)
        if named is not None:
            atcf, name = named["atcf"].decode(), named["name"].decode("ascii", "replace")
        elif line.strip():
            yield Line(atcf, name, line)


def newest(index: bytes) -> list[str]:
    """The newest file of each basin in the directory: that of the latest season, then of the latest date."""
    found: dict[bytes, tuple[tuple[int, ...], str]] = {}
    for file in _FILE.finditer(index):
        season, month, day, year = (int(file[name]) for name in ("season", "month", "day", "year"))
        age = (season, year % 100, month, day)
        found[file["basin"]] = max(found.get(file["basin"], (age, "")), (age, file["file"].decode()))
    return [name for _, name in sorted(found.values(), key=lambda one: one[1])]


def _time(column: list[str]) -> datetime:
    try:
        return datetime.strptime(f"{column[0]} {column[1]}", "%Y%m%d %H%M").replace(tzinfo=UTC)
    except ValueError:
        raise RecordError("time", f"{column[0]} {column[1]}", "a time as YYYYMMDD HHMM") from None


def _radii(column: list[str]) -> dict[str, float]:
    """Wind radii by threshold and quadrant; thresholds that were not analysed or not reached are left out."""
    found: dict[str, float] = {}
    for threshold, first in ((34, 8), (50, 12), (64, 16)):
        stated = column[first : first + 4]
        if UNKNOWN.isdisjoint(stated):
            values = tuple(number("radius", text, low=0, high=1500) for text in stated)
            found |= nhc.radii(threshold, values) if any(values) else {}
    return found
