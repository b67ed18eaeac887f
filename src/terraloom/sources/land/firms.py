"""
NASA FIRMS: active fires seen by satellites, https://firms.modaps.eosdis.nasa.gov/active_fire/.

Tens of thousands of detections a day, many in one minute and place: here they become the number and the
summed power of each degree of latitude and longitude and each hour. The public files of the past 48 hours,
without a key. The oldest hour of a file is left out: the window cuts it, and its count would replace the
whole one. Built from the description of the files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, each, reject_payload
from terraloom.sources.values import lonlat, number, utc

FILES = "https://firms.modaps.eosdis.nasa.gov/data/active_fire"
COLUMNS = ("latitude", "longitude", "acq_date", "acq_time", "frp")
FIRES = Metric(
    id="active_fire_detections",
    title="Active fires",
    unit="{pixel}",
    low=0.0,
    high=100_000.0,
    field="land",
    aggregate=Aggregate.SUM,
    description="Pixels in which a satellite sees fire, of a degree of latitude and longitude in an hour.",
    hourly=False,
)
POWER = Metric(
    id="fire_radiative_power",
    title="Fire radiative power",
    unit="MW",
    low=0.0,
    high=10_000_000.0,
    field="land",
    aggregate=Aggregate.SUM,
    description="Radiated by active fires, summed over a degree of latitude and longitude in an hour.",
    hourly=False,
)


class Cell(Struct, frozen=True, order=True):
    """A degree of latitude and longitude, by its south-western corner, in one hour."""

    hour: datetime
    south: int
    west: int


class FirmsSource(Source):
    """Base of the sources, one for each instrument (their pixels differ); `band` is a column of its own."""

    band: ClassVar[str]

    def recognises(self, payload: Payload) -> bool:
        try:
            first = payload.body[:1000].partition(b"\n")[0]
            return bool(columns(first)) and self.band.encode() in first
        except UNREADABLE:
            return False

    def parse(self, payload: Payload) -> Iterator[Record]:
        first, *lines = payload.body.removeprefix(b"\xef\xbb\xbf").splitlines() or [b""]
        try:
            read = reader(columns(first))
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        cells: dict[Cell, tuple[int, float]] = {}
        for found in each([line for line in lines if line.strip()], read):
            if isinstance(found, Reject):
                yield found
                continue
            cell, power = found
            count, sum_so_far = cells.get(cell, (0, 0.0))
            cells[cell] = (count + 1, sum_so_far + power)
        yield from self._summed(cells)

    def _summed(self, cells: dict[Cell, tuple[int, float]]) -> Iterator[Station | Observation]:
        oldest = min((cell.hour for cell in cells), default=None)
        told = set[str]()
        for cell in sorted(cells):
            if cell.hour == oldest:
                continue
            station = station_of(cell, self.info.id.removeprefix("firms-"))
            if station.id not in told:
                told.add(station.id)
                yield station
            count, power = cells[cell]
            for metric, value in ((FIRES, float(count)), (POWER, round(power, 2))):
                yield Observation(metric=metric.id, station=station.id, time=cell.hour, value=value)


def described(satellite: str, title: str, file: str) -> SourceInfo:
    return SourceInfo(
        id=f"firms-{satellite}",
        title=title,
        provider="NASA FIRMS",
        agency="firms",
        url=f"{FILES}/{file}",
        every="1d",
        emits=Observation,
        metrics=(FIRES, POWER),
        licence="free to use with credit to NASA FIRMS",
        citation="NASA Fire Information for Resource Management System (FIRMS), part of LANCE",
        homepage="https://firms.modaps.eosdis.nasa.gov/",
    )


def columns(line: bytes) -> Sequence[int]:
    """Where the columns stand that are read. Raises `RecordError`."""
    names = [name.strip() for name in line.decode().removeprefix("\ufeff").split(",")]
    lacking = [name for name in COLUMNS if name not in names]
    if lacking:
        raise RecordError("header", names[:20], "columns " + ", ".join(lacking))
    return [names.index(name) for name in COLUMNS]


def reader(places: Sequence[int]) -> Callable[[bytes], tuple[Cell, float]]:
    """Reads a detection: its cell, and its power in MW."""

    def read(line: bytes) -> tuple[Cell, float]:
        cells = line.decode().split(",")
        if len(cells) <= max(places):
            raise RecordError("line", len(cells), f"{max(places) + 1} columns")
        south, west, date, time, power = (cells[place] for place in places)
        lon, lat = lonlat(west, south)
        clock = time.strip().zfill(4)  # also written "615", for 06:15
        hour = utc(f"{date.strip()} {clock[:2]}:{clock[2:]}", field="acq_time").replace(minute=0)
        return Cell(hour, _corner(lat, 89), _corner(lon, 179)), number("frp", power)

    return read


def _corner(degrees: float, last: int) -> int:
    """The degree that a coordinate lies in; the pole and the date line belong to the `last`."""
    return min(math.floor(degrees), last)


def station_of(cell: Cell, satellite: str) -> Station:
    return Station(
        id=f"firms/{satellite}/{cell.south}_{cell.west}",
        title=f"Fires around {cell.south + 0.5:g}, {cell.west + 0.5:g}",
        lon=cell.west + 0.5,
        lat=cell.south + 0.5,
        kind="grid",
    )
