"""
NOAA STAR: global mean sea level by satellite altimetry, https://www.star.nesdis.noaa.gov/socd/lsa/SeaLevelRise/.

One column for each mission, one value in each row, about every ten days; times are decimal years. The
seasonal cycle is removed; the rebound of the crust since the ice age is not. Built from the description of
the file; missions to come are read by their names.
"""

from __future__ import annotations

import csv
import re
from calendar import isleap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.ocean.metrics import FIELD
from terraloom.sources.values import number, optional_number

SEA_LEVEL = Metric(
    id="global_average_sea_level_change",
    title="Global mean sea level",
    unit="mm",
    low=-200.0,
    high=1000.0,
    field=FIELD,
    cf_standard_name="global_average_sea_level_change",
    description="By altimeters between 66 S and 66 N; against the mean of the first years.",
    hourly=False,
)


class StarSeaLevel(Source):
    info = SourceInfo(
        id="star-sea-level",
        title="Global mean sea level",
        provider="NOAA STAR",
        agency="star",
        url="https://www.star.nesdis.noaa.gov/socd/lsa/SeaLevelRise/slr/slr_sla_gbl_free_ref_90.csv",
        every="1d",
        emits=Observation,
        metrics=(SEA_LEVEL,),
        licence="public domain; credit NOAA Laboratory for Satellite Altimetry",
        citation="Altimetry data are provided by the NOAA Laboratory for Satellite Altimetry",
        homepage="https://www.star.nesdis.noaa.gov/socd/lsa/SeaLevelRise/",
    )

    def recognises(self, payload: Payload) -> bool:
        try:
            return bool(table(payload.body))
        except UNREADABLE:
            return False

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            missions, lines = table(payload.body)
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        yield from missions
        for n, line in enumerate(lines):
            try:
                yield from list(read(line, missions))
            except UNREADABLE as error:
                yield Reject(where=f"record {n}", reason=str(error), fragment=line)


def table(body: bytes) -> tuple[list[Station], list[bytes]]:
    """The missions that the line of names lists, and the lines below it. Raises `RecordError`."""
    lines = [line for line in body.splitlines() if line.strip() and not line.startswith(b"#")]
    names = cells(lines[0]) if lines else []
    if names[:1] != ["year"] or not all(names):
        raise RecordError("header", names[:10], "year and the names of missions")
    return [mission(name) for name in names[1:]], lines[1:]


def mission(name: str) -> Station:
    code = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return Station(id=f"star/{code}", title=name, kind="spacecraft")


def cells(line: bytes) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line.decode()]))]
    except (csv.Error, UnicodeDecodeError) as error:
        raise RecordError("line", line[:80], f"CSV in UTF-8 ({error})") from None


def read(line: bytes, missions: Sequence[Station]) -> Iterator[Observation]:
    year, *values = cells(line)
    if len(values) != len(missions):
        raise RecordError("line", len(values), f"a year and {len(missions)} values")
    at = decimal_year(year)
    for station, cell in zip(missions, values, strict=True):
        value = optional_number(station.title, cell)
        if value is not None:
            yield Observation(metric=SEA_LEVEL.id, station=station.id, time=at, value=value)


def decimal_year(text: str) -> datetime:
    """2025.1288 as the moment that this part of the year has passed, to the second. Raises `RecordError`."""
    whole, part = divmod(number("year", text, low=1, high=9999), 1)
    days = part * (366 if isleap(int(whole)) else 365)
    return datetime(int(whole), 1, 1, tzinfo=UTC) + timedelta(seconds=round(days * 86400))
