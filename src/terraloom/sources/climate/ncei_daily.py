"""
NOAA NCEI: daily summaries of long-lived stations (GHCN-Daily), https://www.ncei.noaa.gov/access/services/data/v1.

Three forms of the same: the CSV of the access service, a row for each day (built from its description); the
station file (``.dly``), a line of fixed columns for each month and element; that file as R's package rnoaa
keeps it, in CSV. Files are in tenths, the service in whole units. A value that failed a check has a quality
flag. A day is the station's own; its zone is not told, so it stands at the UTC day of that date.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Quality, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, each, reject_payload
from terraloom.sources.values import lonlat, number, optional_number, utc
from terraloom.sources.weather import metrics as weather

API = "https://www.ncei.noaa.gov/access/services/data/v1?dataset=daily-summaries"
STATIONS = (
    "ARM00087576",  # Buenos Aires
    "ASN00066062",  # Sydney
    "AYM00089009",  # South Pole
    "CHM00054511",  # Beijing
    "EZE00100082",  # Prague, since 1775
    "IN022021900",  # New Delhi
    "ITE00100554",  # Milan
    "JA000047662",  # Tokyo
    "RSM00027612",  # Moscow
    "SFM00068816",  # Cape Town
    "UK000056225",  # Oxford
    "USW00022521",  # Honolulu
    "USW00027502",  # Utqiagvik, Alaska
    "USW00094728",  # New York, Central Park
)
"""One or two on each continent, with long records that go on."""


class Element(NamedTuple):
    """What an element measures, its unit, and how many steps of a station file make one of it."""

    metric: Metric
    unit: str
    steps: float


ELEMENTS = {
    "TMAX": Element(weather.DAILY_MAXIMUM, "Cel", 10.0),
    "TMIN": Element(weather.DAILY_MINIMUM, "Cel", 10.0),
    "PRCP": Element(weather.DAILY_PRECIPITATION, "mm", 10.0),
    "SNWD": Element(weather.SNOW_DEPTH, "mm", 1.0),
}
MISSING = {"", "-9999", "NA"}
_FIXED = re.compile(rb"[A-Z]{2}[A-Z0-9_-]{9}\d{6}[A-Z0-9]{4}[ \d-]{5}")


class Entry(NamedTuple):
    """A value of a station file."""

    text: str
    quality_flag: str


class NceiDaily(Source):
    info = SourceInfo(
        id="ncei-daily-summaries",
        title="Daily temperature, precipitation and snow of long-lived stations",
        provider="NOAA NCEI",
        agency="ncei",
        url=f"{API}&stations={','.join(STATIONS)}",
        every="1d",
        emits=Observation,
        metrics=tuple(element.metric for element in ELEMENTS.values()),
        licence="public domain",
        citation="Menne et al. 2012: Global Historical Climatology Network - Daily, doi:10.7289/V5D21VHZ",
        homepage="https://www.ncei.noaa.gov/products/land-based-station/"
        "global-historical-climatology-network-daily",
        folder="noaa-ncei",
    )

    def addresses(self, now: datetime) -> tuple[str, ...]:
        since = now - timedelta(days=60)  # some stations report by the month
        return (
            f"{self.info.url}&startDate={since:%Y-%m-%d}&endDate={now:%Y-%m-%d}&units=metric&format=csv"
            f"&dataTypes={','.join(ELEMENTS)}&includeAttributes=true&includeStationName=true"
            "&includeStationLocation=1",
        )

    def recognises(self, payload: Payload) -> bool:
        try:
            form(payload.body)
        except UNREADABLE:
            return False
        return True

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            lines, read = form(payload.body)
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        told = set[Station]()
        for one in each(lines, read):
            if isinstance(one, Reject):
                yield one
                continue
            for found in one:
                if not isinstance(found, Station) or found not in told:
                    yield found
                if isinstance(found, Station):
                    told.add(found)


Reader = Callable[[bytes], list[Observation | Station]]


def form(body: bytes) -> tuple[list[bytes], Reader]:
    """The records of a body in any of the forms, and what reads one. Raises `RecordError`."""
    lines = [line for line in body.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
    if not lines:
        raise RecordError("body", body[:80], "a table of days, or of months")
    if _FIXED.match(lines[0]):
        return lines, read_fixed
    names = cells(lines[0])
    if {"STATION", "DATE"} <= set(names):
        return lines[1:], day_reader(names)
    if names[:5] == ["id", "year", "month", "element", "VALUE1"]:
        return lines[1:], read_month
    raise RecordError("header", names[:10], "STATION, DATE, …, or id, year, month, element, VALUE1, …")


def cells(line: bytes) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line.decode()]))]
    except (csv.Error, UnicodeDecodeError) as error:
        raise RecordError("line", line[:80], f"CSV in UTF-8 ({error})") from None


def day_reader(names: Sequence[str]) -> Reader:
    """Reads a day of the access service: the station, and its values."""

    def read(line: bytes) -> list[Observation | Station]:
        values = cells(line)
        if len(values) < len(names):
            raise RecordError("line", len(values), f"{len(names)} columns")
        row = dict(zip(names, values, strict=False))
        station, at = station_of(row), utc(f"{row['DATE']} 00:00", field="DATE")
        found: list[Observation | Station] = [station]
        for name, element in ELEMENTS.items():
            value = optional_number(name, row.get(name))
            if value is not None:
                flags = row.get(f"{name}_ATTRIBUTES", "").split(",")
                found.append(observed(station.id, element, at, value, "".join(flags[1:2])))
        return found

    return read


def station_of(row: dict[str, str]) -> Station:
    code = row["STATION"].removeprefix("GHCND:")
    if not row.get("LATITUDE") or not row.get("LONGITUDE"):
        return Station(id=f"ncei/{code}", title=row.get("NAME", ""))
    lon, lat = lonlat(row["LONGITUDE"], row["LATITUDE"])
    elevation = optional_number("ELEVATION", row.get("ELEVATION"))
    return Station(id=f"ncei/{code}", title=row.get("NAME", ""), lon=lon, lat=lat, elevation_m=elevation)


def read_fixed(line: bytes) -> list[Observation | Station]:
    """A month of one element, as the format's readme lays it out: four columns of 5, 1, 1, 1 for each day."""
    text = line.decode().ljust(269)
    entries = [Entry(text[at : at + 5].strip(), text[at + 6].strip()) for at in range(21, 269, 8)]
    return month(text[:11].strip(), text[11:15], text[15:17], text[17:21], entries)


def read_month(line: bytes) -> list[Observation | Station]:
    """The same, in CSV."""
    code, year, number_of, element, *rest = [*cells(line), "", "", "", ""]
    if {code, year, number_of, element} <= MISSING:
        return []  # the package ends a table that lacks a newline with a row of nothing
    entries = [Entry(rest[at], rest[at + 2]) for at in range(0, 4 * 31, 4) if at + 2 < len(rest)]
    return month(code, year, number_of, element, entries)


def month(
    code: str, year: str, number_of: str, name: str, entries: Sequence[Entry]
) -> list[Observation | Station]:
    """The values of a month; none of an element that is not kept. Raises `RecordError`."""
    element = ELEMENTS.get(name)
    if element is None:
        return []
    first = datetime(
        int(number("year", year, low=1, high=9998)),
        int(number("month", number_of, low=1, high=12)),
        1,
        tzinfo=UTC,
    )
    days = (first + timedelta(days=32)).replace(day=1) - first
    return [
        observed(
            f"ncei/{code}",
            element,
            first + timedelta(days=n),
            number(f"{name} of day {n + 1}", entry.text) / element.steps,
            entry.quality_flag,
        )
        for n, entry in enumerate(entries)
        if entry.text not in MISSING and n < days.days
    ]


def observed(station: str, element: Element, at: datetime, value: float, quality_flag: str) -> Observation:
    return Observation(
        metric=element.metric.id,
        station=station,
        time=at,
        value=value,
        unit=element.unit,
        quality=Quality.SUSPECT if quality_flag and quality_flag != "NA" else Quality.GOOD,
    )
