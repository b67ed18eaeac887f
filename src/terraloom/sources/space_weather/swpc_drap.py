"""
NOAA SWPC: radio frequencies that the lower ionosphere (D region) absorbs, a grid of text.

Rows are latitudes from north to south, ``lat | MHz MHz …``; the line before them names the longitudes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record
from terraloom.sources.base import UNREADABLE, Source, reject_payload
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import FIELD
from terraloom.sources.values import lonlat, number, utc

ABSORBED = Metric(
    id="hf_absorption_frequency_maximum",
    title="Highest radio frequency absorbed by the ionosphere",
    unit="MHz",
    low=0.0,
    high=60.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="By 1 dB on a vertical path, where it is highest on the Earth: below it, HF radio fades.",
)
_VALID_AT = re.compile(rb"Product Valid At\s*:\s*(\d{4}-\d\d-\d\d \d\d:\d\d)")
_ROW = re.compile(rb"^[ \t]*(-?\d+)[ \t]*\|([^\n]*)$", re.MULTILINE)
_LONGITUDES = re.compile(rb"^[ \t]*(-1[78]\d(?:[ \t]+-?\d+)+)[ \t]*$", re.MULTILINE)


class SwpcDrap(Source):
    """One value: the highest of the grid, at the place where it is (the first of equal ones)."""

    info = swpc.info(
        "drap",
        "Radio absorption in the ionosphere (D-RAP)",
        "/text/drap_global_frequencies.txt",
        ABSORBED,
        homepage="https://www.spaceweather.gov/products/d-region-absorption-predictions-d-rap",
        folder="swpc-text",
    )

    def recognises(self, payload: Payload) -> bool:
        return b"# DRAP Tabular Values" in payload.body[:200]

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            strongest = read_grid(payload.body)
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        yield swpc.EARTH
        yield strongest


def read_grid(body: bytes) -> Observation:
    """The highest frequency of the grid. Raises `RecordError`: a part of it would give a wrong one."""
    valid, head, rows = _VALID_AT.search(body), _LONGITUDES.search(body), _ROW.findall(body)
    if valid is None or head is None or not rows:
        raise RecordError("grid", body[:80], "a time, a line of longitudes and rows of latitudes")
    longitudes = head[1].split()
    cells: list[tuple[float, float, float]] = []
    for latitude, line in rows:
        values = line.split()
        if len(values) != len(longitudes):
            raise RecordError(f"row {latitude.decode()}", len(values), f"{len(longitudes)} values")
        for longitude, value in zip(longitudes, values, strict=True):
            lon, lat = lonlat(longitude.decode(), latitude.decode())
            cells.append((number("frequency", value.decode("ascii", "replace")), lon, lat))
    mhz, lon, lat = max(cells, key=lambda cell: cell[0])
    at = utc(valid[1].decode(), field="Product Valid At")
    return Observation(metric=ABSORBED.id, station=swpc.EARTH.id, time=at, value=mhz, lon=lon, lat=lat)
