"""Orbits and properties of asteroids and comets under watch: https://ssd-api.jpl.nasa.gov/doc/sbdb.html."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import quote

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record, Station
from terraloom.sources.astronomy import jpl
from terraloom.sources.astronomy.metrics import (
    ABSOLUTE_MAGNITUDE,
    COMET_MAGNITUDE,
    DIAMETER,
    ECCENTRICITY,
    INCLINATION,
    NODE,
    PERIHELION,
    PERIHELION_DISTANCE,
    SEMI_MAJOR_AXIS,
    orbital,
)
from terraloom.sources.astronomy.time_scales import utc_of_tdb
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.values import optional_number
from terraloom.sources.xmlfeed import looks_like

WATCHED = ("99942", "101955", "29075", "2024 YR4", "65803", "3200", "4179", "433", "1", "1P", "2P", "67P")
"""Apophis, Bennu, 1950 DA, 2024 YR4, Didymos, Phaethon, Toutatis, Eros, Ceres, Halley, Encke, C.-G."""


ANOMALY = orbital("mean_anomaly", "Mean anomaly", "deg", -360.0, 360.0)
PERIOD = orbital("orbital_period", "Orbital period", "d", 0.0, 1e12)
MOID = orbital(
    "minimum_orbit_intersection_distance",
    "Least distance between the orbit and the Earth's",
    "AU",
    0.0,
    100.0,
)
CONDITION = orbital(
    "orbit_condition_code",
    "Uncertainty of an orbit (U)",
    "1",
    0.0,
    9.0,
    "By the Minor Planet Center: 0 (well known) to 9 (hardly).",
)
ALBEDO = orbital("geometric_albedo", "Geometric albedo", "1", 0.0, 1.5)
ROTATION = orbital("rotation_period", "Rotation period of a small body", "h", 0.0, 1e5)

ELEMENTS = {
    "e": ECCENTRICITY,
    "a": SEMI_MAJOR_AXIS,
    "q": PERIHELION_DISTANCE,
    "i": INCLINATION,
    "om": NODE,
    "w": PERIHELION,
    "ma": ANOMALY,
    "per": PERIOD,
}
PROPERTIES = {
    "H": ABSOLUTE_MAGNITUDE,
    "M1": COMET_MAGNITUDE,
    "diameter": DIAMETER,
    "albedo": ALBEDO,
    "rot_per": ROTATION,
}


class Parameter(Struct):
    """An orbital element or a physical property; most are numbers, as text."""

    name: str
    value: str | float | None = None


class Orbit(Struct):
    epoch: str  # Julian date, TDB, for which the elements hold
    elements: list[Parameter]
    moid: str | float | None = None  # au
    condition_code: str | int | None = None


class Name(Struct):
    des: str
    fullname: str = ""


class Body(Struct):
    """One answer."""

    object: Name
    orbit: Orbit
    phys_par: list[Parameter] = []


class JplSmallBodies(Source):
    """
    The osculating elements of each, at the epoch for which they hold: a new solution for the same epoch
    revises them. Properties that have no time of their own stand at that epoch too.
    """

    info = SourceInfo(
        id="jpl-small-bodies",
        title="Asteroids and comets under watch",
        provider="NASA/JPL SSD",
        agency="jpl",
        url="https://ssd-api.jpl.nasa.gov/sbdb.api",
        every="1d",
        emits=Observation,
        metrics=(*ELEMENTS.values(), *PROPERTIES.values(), MOID, CONDITION),
        licence=jpl.LICENCE,
        citation="NASA/JPL Solar System Dynamics: Small-Body Database",
        homepage="https://ssd.jpl.nasa.gov/tools/sbdb_lookup.html",
        folder="jpl-sbdb",
        rate_per_minute=jpl.RATE_PER_MINUTE,
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        return [f"{self.info.url}?des={quote(body)}&phys-par=1&full-prec=1" for body in WATCHED]

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b'"orbit"', b'"elements"', b'"orbit_class"', within=1_000_000)

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            yield from read_body(msgspec.json.decode(payload.body, type=Body))
        except UNREADABLE as error:
            yield reject_payload(payload, error)


def read_body(body: Body) -> list[Record]:
    """All that is known of one body. Raises `RecordError`."""
    if not body.object.des:
        raise RecordError("object.des", body.object.des, "the designation of a body")
    station = Station(
        id=f"jpl/{body.object.des}", title=body.object.fullname or body.object.des, kind="object"
    )
    epoch = utc_of_tdb("orbit.epoch", body.orbit.epoch)
    stated = [
        *_chosen(body.orbit.elements, ELEMENTS),
        *_chosen(body.phys_par, PROPERTIES),
        (MOID, optional_number("moid", body.orbit.moid)),
        (CONDITION, optional_number("condition_code", body.orbit.condition_code)),
    ]
    values = [
        Observation(metric=metric.id, station=station.id, time=epoch, value=value)
        for metric, value in stated
        if value is not None
    ]
    return [station, *values]


def _chosen(
    parameters: Iterable[Parameter], metrics: dict[str, Metric]
) -> Iterator[tuple[Metric, float | None]]:
    """Those that are measured here; the first of a name, as the service puts its preferred value first."""
    seen = set[str]()
    for parameter in parameters:
        if parameter.name in metrics and parameter.name not in seen:
            seen.add(parameter.name)
            yield metrics[parameter.name], optional_number(parameter.name, parameter.value)
