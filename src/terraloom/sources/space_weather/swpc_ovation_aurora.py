"""
NOAA SWPC: the OVATION forecast of the aurora for the next half to one and a half hours, a grid of one degree.

The grid has 65,160 cells (longitude 0-359 east, latitude, probability of visible aurora in %); three numbers
are kept of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct, field

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Station
from terraloom.sources.base import UNREADABLE, Source, reject_payload
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import FIELD
from terraloom.sources.values import utc

PROBABILITY = Metric(
    id="aurora_probability_maximum",
    title="Aurora, greatest probability",
    unit="%",
    low=0.0,
    high=100.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="Of visible aurora, anywhere on the Earth.",
)
EDGE = Metric(
    id="aurora_equatorward_latitude",
    title="Aurora, latitude down to which it may be seen overhead",
    unit="deg",
    low=0.0,
    high=90.0,
    field=FIELD,
    aggregate=Aggregate.MIN,
    description="Least latitude, north or south, at which visible aurora has a probability of 10 %.",
)
LIKELY = 10.0  # %
TROPICS = 30.0  # degrees: what the grid shows nearer to the equator is no aurora (3 % at 0, 0)
CELLS = 360 * 181
NORTH = Station(id="swpc/aurora-north", title="Northern auroral oval", kind="region")
SOUTH = Station(id="swpc/aurora-south", title="Southern auroral oval", kind="region")


class Grid(Struct):
    forecast: str = field(name="Forecast Time")
    coordinates: list[tuple[float, float, float]]


class SwpcOvationAurora(Source):
    """`time` is that of the forecast; a later forecast of the same time replaces it."""

    info = swpc.info(
        "ovation-aurora",
        "Aurora forecast (OVATION)",
        "/json/ovation_aurora_latest.json",
        PROBABILITY,
        EDGE,
        every="30m",
        homepage="https://www.spaceweather.gov/products/aurora-30-minute-forecast",
        folder="swpc-ovation",
    )

    def recognises(self, payload: Payload) -> bool:
        return b'"Data Format": "[Longitude, Latitude, Aurora]"' in payload.body[:500]

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            yield from read_grid(msgspec.json.decode(payload.body, type=Grid))
        except UNREADABLE as error:
            yield reject_payload(payload, error)


def read_grid(grid: Grid) -> list[Record]:
    """Where the aurora is, of a whole grid. Raises `RecordError`: a part would give wrong extremes."""
    if len(grid.coordinates) != CELLS:
        raise RecordError("coordinates", len(grid.coordinates), f"{CELLS} cells")
    at = utc(grid.forecast, field="Forecast Time")
    oval = [(lat, chance) for _, lat, chance in grid.coordinates if abs(lat) >= TROPICS]
    strongest = max((chance for _, chance in oval), default=0.0)
    found: list[Record] = [swpc.EARTH, NORTH, SOUTH]
    found.append(Observation(metric=PROBABILITY.id, station=swpc.EARTH.id, time=at, value=strongest))
    for side, station in ((1, NORTH), (-1, SOUTH)):
        edge = min((lat * side for lat, chance in oval if lat * side > 0 and chance >= LIKELY), default=None)
        if edge is not None:
            found.append(Observation(metric=EDGE.id, station=station.id, time=at, value=edge))
    return found
