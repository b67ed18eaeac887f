"""
Fireballs seen by US Government sensors: https://ssd-api.jpl.nasa.gov/doc/fireball.html, and the CSV that
https://cneos.jpl.nasa.gov/fireballs/ exports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Station
from terraloom.sources.astronomy import jpl
from terraloom.sources.astronomy.metrics import FIELD
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.declared import Cells, Field, Format, Table, find, read_table
from terraloom.sources.xmlfeed import looks_like

RADIATED_ENERGY = Metric(
    id="fireball_radiated_energy",
    title="Fireball: energy radiated as light",
    unit="J",
    low=1e9,
    high=1e17,
    field=FIELD,
    aggregate=Aggregate.SUM,
    hourly=False,
)
IMPACT_ENERGY = Metric(
    id="fireball_impact_energy",
    title="Fireball: total impact energy",
    unit="TJ",
    low=0.1,
    high=1e7,
    field=FIELD,
    aggregate=Aggregate.SUM,
    hourly=False,
    description="Calculated from the radiated energy; the source states kilotons of TNT, of 4.184 TJ.",
)
ALTITUDE = Metric(
    id="fireball_altitude",
    title="Fireball: altitude of peak brightness",
    unit="km",
    low=5.0,
    high=120.0,
    field=FIELD,
    hourly=False,
)
SPEED = Metric(
    id="fireball_speed",
    title="Fireball: speed at peak brightness",
    unit="km/s",
    low=5.0,
    high=75.0,
    field=FIELD,
    hourly=False,
)
VELOCITY = {
    axis: Metric(
        id=f"fireball_velocity_{axis}",
        title=f"Fireball: pre-entry velocity along {axis}",
        unit="km/s",
        low=-75.0,
        high=75.0,
        field=FIELD,
        hourly=False,
        description="Geocentric, Earth-fixed: z to the north pole, x to 0° E and y to 90° E at the equator.",
    )
    for axis in "xyz"
}

PLACES = {"lon": "EW", "lat": "NS", "Longitude (deg.)": "EW", "Latitude (deg.)": "NS"}
PLACE = Station(id="jpl/fireballs", title="US Government sensors", kind="planet")
KILOTON = "4184.GJ"  # of TNT, by definition; UCUM has no name for it

API = Table(
    format=Format.JSON,
    records="data",
    header="fields",
    time=("date",),
    place=PLACE,
    mobile=True,
    lon="lon",
    lat="lat",
    fields=(
        Field("energy", RADIATED_ENERGY, unit="10*10.J"),
        Field("impact-e", IMPACT_ENERGY, unit=KILOTON),
        Field("alt", ALTITUDE),
        Field("vel", SPEED),
        *(Field(f"v{axis}", metric, optional=True) for axis, metric in VELOCITY.items()),
    ),
)
EXPORT = Table(
    format=Format.CSV,
    time=("Peak Brightness Date/Time (UT)",),
    place=PLACE,
    mobile=True,
    lon="Longitude (deg.)",
    lat="Latitude (deg.)",
    fields=(
        Field("Total Radiated Energy (J)", RADIATED_ENERGY),
        Field("Calculated Total Impact Energy (kt)", IMPACT_ENERGY, unit=KILOTON),
        Field("Altitude (km)", ALTITUDE),
        Field("Velocity (km/s)", SPEED),
        *(Field(f"v{axis}", metric, optional=True) for axis, metric in VELOCITY.items()),
    ),
)

_DEGREES = re.compile(r"\s*(?P<degrees>[\d.]+)\s*(?P<side>[NSEW])\s*")


class JplFireballs(Source):
    """Each at its moment of peak brightness, which identifies it, and where it was, if that is told."""

    info = SourceInfo(
        id="jpl-fireballs",
        title="Fireballs seen from space",
        provider="NASA/JPL CNEOS",
        agency="jpl",
        url="https://ssd-api.jpl.nasa.gov/fireball.api?vel-comp=true",
        every="1h",
        emits=Observation,
        metrics=(RADIATED_ENERGY, IMPACT_ENERGY, ALTITUDE, SPEED, *VELOCITY.values()),
        licence=jpl.LICENCE,
        citation="NASA/JPL Center for Near Earth Object Studies: Fireball Data API",
        homepage="https://cneos.jpl.nasa.gov/fireballs/",
        folder="jpl-fireball",
        rate_per_minute=jpl.RATE_PER_MINUTE,
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b'"fields"', b'"impact-e"') or _is_export(payload)

    def parse(self, payload: Payload) -> Iterator[Record]:
        if _is_export(payload):
            return read_table(payload, EXPORT, self.info.agency, _signed)
        if jpl.is_empty(payload.body):
            return iter(())
        return read_table(payload, API, self.info.agency, _joined)


def _is_export(payload: Payload) -> bool:
    return looks_like(payload.body, b"Peak Brightness", b"Radiated Energy", within=200)


def _joined(cells: Cells) -> Cells:
    """The answer's record with the sides of its place in one column with the degrees."""
    joined = {
        name: f"{degrees}{find(cells, f'{name}-dir')}"
        for name in ("lon", "lat")
        if (degrees := find(cells, name)) is not None
    }
    return _signed({**cells, **joined})


def _signed(cells: Cells) -> Cells:
    """A record with the places "66.2W" and "14.9N" as -66.2 and 14.9. Raises `RecordError`."""
    return {name: _degrees(name, value) if name in PLACES else value for name, value in cells.items()}


def _degrees(name: str, text: str | None) -> str | None:
    sides = PLACES[name]
    if text is None or not text.strip():
        return None
    match = _DEGREES.fullmatch(text)
    if match is None or match["side"] not in sides:
        raise RecordError(name, text, f"degrees and one of {sides}, such as 14.9{sides[0]}")
    return ("-" if match["side"] == sides[1] else "") + match["degrees"]
