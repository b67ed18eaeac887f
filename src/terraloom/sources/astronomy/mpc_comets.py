"""
Orbits of comets by the Minor Planet Center, https://www.minorplanetcenter.net/data.

Its list of all observable comets is asked for (zipped JSON, built from the public description); answers of
its web service for single comets, which wants a login, are read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Raw

from terraloom.errors import RecordError
from terraloom.records import Observation, Payload, Record, Station
from terraloom.sources.astronomy.metrics import (
    COMET_MAGNITUDE,
    ECCENTRICITY,
    INCLINATION,
    NODE,
    PERIHELION,
    PERIHELION_DISTANCE,
)
from terraloom.sources.astronomy.time_scales import EPOCH, J1970, utc_of_tdb
from terraloom.sources.base import Source, SourceInfo, each_of, reject_payload
from terraloom.sources.declared import Cells
from terraloom.sources.splitting import split_json
from terraloom.sources.values import number, optional_number
from terraloom.sources.zipped import gunzipped

MAX_BYTES = 50_000_000  # the list has 1 MB
NEAR_PERIHELION = timedelta(days=730)  # the others are far from the Sun and faint; some thousand

SERVICE = {
    "eccentricity": ECCENTRICITY,
    "inclination": INCLINATION,
    "ascending_node": NODE,
    "argument_of_perihelion": PERIHELION,
    "perihelion_distance": PERIHELION_DISTANCE,
}
LIST = {
    "e": ECCENTRICITY,
    "i": INCLINATION,
    "Node": NODE,
    "Peri": PERIHELION,
    "Perihelion_dist": PERIHELION_DISTANCE,
    "H": COMET_MAGNITUDE,
}
_NAMED = re.compile(r"(?P<designation>[^()]+?)\s*(?:\([^()]*\))?")


class MpcComets(Source):
    """Comets within two years of their perihelion, with their elements at the epoch for which they hold."""

    info = SourceInfo(
        id="mpc-comets",
        title="Comets",
        provider="Minor Planet Center",
        agency="mpc",
        url="https://www.minorplanetcenter.net/Extended_Files/cometels.json.gz",
        every="1d",
        emits=Observation,
        metrics=tuple(LIST.values()),
        licence="free to use with credit",
        citation="International Astronomical Union, Minor Planet Center",
        homepage="https://www.minorplanetcenter.net/",
        folder="mpc",
        rate_per_minute=1.0,
    )

    def recognises(self, payload: Payload) -> bool:
        try:
            head = gunzipped(payload.body, max_bytes=MAX_BYTES)[:4096]
        except RecordError:
            return False
        return b'"Designation_and_name"' in head or (
            b'"argument_of_perihelion"' in head and b'"perihelion_date_jd"' in head
        )

    def parse(self, payload: Payload) -> Iterator[Record]:
        def read(fragment: Raw) -> list[Record]:
            cells = msgspec.json.decode(fragment, type=dict[str, Any])
            return _listed(cells, payload.fetched_at) if "Designation_and_name" in cells else _served(cells)

        try:
            fragments, damage = split_json(gunzipped(payload.body, max_bytes=MAX_BYTES), "")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        yield from each_of(fragments, read)
        yield from damage


def _served(cells: Cells) -> list[Record]:
    """One comet of the web service. Raises `RecordError`."""
    name = cells.get("designation")
    return _told(
        cells, SERVICE, str(name or ""), str(name or ""), utc_of_tdb("epoch_jd", cells.get("epoch_jd"))
    )


def _listed(cells: Cells, received: datetime) -> list[Record]:
    """One comet of the list, none where its perihelion is years away. Raises `RecordError`."""
    perihelion = _date(cells, "Year_of_perihelion", "Month_of_perihelion", "Day_of_perihelion")
    if abs(perihelion - received) > NEAR_PERIHELION:
        return []
    # Elements of a single apparition hold at the perihelion, and the list leaves their epoch out.
    dated = cells.get("Epoch_year") is not None
    epoch = _date(cells, "Epoch_year", "Epoch_month", "Epoch_day") if dated else perihelion
    title = str(cells["Designation_and_name"]).strip()
    named = _NAMED.fullmatch(title)
    return _told(cells, LIST, named["designation"] if named else "", title, epoch)


def _told(
    cells: Cells, columns: dict[str, Any], designation: str, title: str, epoch: datetime
) -> list[Record]:
    if not designation:
        raise RecordError("designation", title, "a designation such as C/2012 S1")
    station = Station(id=f"mpc/{designation}", title=title, kind="object")
    values = [
        Observation(metric=metric.id, station=station.id, time=epoch, value=value)
        for name, metric in columns.items()
        if (value := optional_number(name, cells.get(name))) is not None
    ]
    return [station, *values]


def _date(cells: Cells, year: str, month: str, day: str) -> datetime:
    """A date in TT with a fraction of a day, as UTC. Raises `RecordError`."""
    of_year = int(number(year, cells.get(year), low=101, high=9000))
    of_month = int(number(month, cells.get(month), low=1, high=12))
    days = number(day, cells.get(day), low=1.0, high=32.0) - 1.0
    first = (datetime(of_year, of_month, 1, tzinfo=UTC) - EPOCH) / timedelta(days=1)
    return utc_of_tdb(day, J1970 + first + days)
