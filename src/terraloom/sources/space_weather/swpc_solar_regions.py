"""
NOAA SWPC: the Solar Region Summary of a day, as text (SRS).

Part I lists the regions with sunspots: number, place on the Sun, Carrington longitude, area (millionths of
the hemisphere), Zurich class, extent (degrees), number of spots, magnetic class. Regions are gone within two
weeks, so that their sums are kept, not they.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Reject
from terraloom.sources.base import UNREADABLE, Source, reject_payload
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import FIELD, SUNSPOT_AREA
from terraloom.sources.values import number


def _count(id: str, title: str, high: float, description: str = "") -> Metric:
    return Metric(
        id=id,
        title=title,
        unit="1",
        low=0.0,
        high=high,
        field=FIELD,
        aggregate=Aggregate.MAX,
        description=description,
        hourly=False,
    )


REGIONS = _count("sunspot_regions", "Regions with sunspots", 40)
SPOTS = _count("sunspots", "Sunspots", 500)
DELTA = _count("sunspot_regions_delta", "Regions of magnetic class delta", 40, "The ones that flare most.")

_ISSUED = re.compile(rb"Issued at (\d{4})Z on (\d{1,2} [A-Z][a-z]{2} \d{4})")
_PART_I = re.compile(rb"^I\.[ \t]+Regions with Sunspots[^\n]*\n(?P<rows>.*?)^IA\.", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"[NS]\d\d[EW*]\d\d")


class Region(Struct, frozen=True):
    area: float  # millionths of the hemisphere
    spots: float
    magnetic: str


class SwpcSolarRegions(Source):
    """Valid at the end of the day before its issue: the day it is about, which is the time kept."""

    info = swpc.info(
        "solar-regions",
        "Sunspot regions of the day",
        "/text/srs.txt",
        REGIONS,
        SPOTS,
        DELTA,
        SUNSPOT_AREA,
        every="1h",
        homepage="https://www.spaceweather.gov/products/solar-region-summary",
        folder="sunpy-swpc",
    )

    def recognises(self, payload: Payload) -> bool:
        return b"Solar Region Summary" in payload.body[:1000]

    def parse(self, payload: Payload) -> Iterator[Record]:
        issued, part = _ISSUED.search(payload.body), _PART_I.search(payload.body)
        try:
            if issued is None or part is None:
                raise RecordError("summary", payload.body[:80], "a time of issue and the parts I and IA")
            day = _day(issued[2].decode("ascii", "replace"))
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        regions: list[Region] = []
        for n, line in enumerate(part["rows"].splitlines()):
            if line.startswith(b"Nmbr") or not line.strip() or line.strip() == b"None":
                continue
            try:
                regions.append(read_region(line.decode()))
            except UNREADABLE as error:
                yield Reject(where=f"region {n}", reason=str(error), fragment=line)
        yield swpc.SUN
        yield from _sums(regions, day)


def read_region(line: str) -> Region:
    """One row of part I. Raises `RecordError`."""
    cells = line.split()
    if len(cells) < 8 or not _PLACE.fullmatch(cells[1]):
        raise RecordError(
            "region", line[:80], "number, place, longitude, area, class, extent, spots, magnetism"
        )
    return Region(number("area", cells[3]), number("spots", cells[6]), cells[7])


def _day(issued: str) -> datetime:
    """The day before that of issue."""
    try:
        return datetime.strptime(issued, "%d %b %Y").replace(tzinfo=UTC) - timedelta(days=1)
    except (ValueError, OverflowError):
        raise RecordError("Issued", issued, "a day such as 06 Sep 2015") from None


def _sums(regions: list[Region], day: datetime) -> Iterator[Observation]:
    sums = {
        REGIONS: len(regions),
        SPOTS: sum(region.spots for region in regions),
        DELTA: sum("Delta" in region.magnetic for region in regions),
        SUNSPOT_AREA: sum(region.area for region in regions),
    }
    for metric, value in sums.items():
        yield Observation(metric=metric.id, station=swpc.SUN.id, time=day, value=float(value))
