"""
Where small bodies are in the sky and how far: ephemerides of JPL Horizons, as text,
https://ssd-api.jpl.nasa.gov/doc/horizons.html.

A table in CSV stands between ``$$SOE`` and ``$$EOE``; which columns it has, and their names above it, follow
from what was asked for. Read are those seen from the Earth's centre, in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Station
from terraloom.sources.astronomy import jpl
from terraloom.sources.astronomy.metrics import DECLINATION, FIELD, RIGHT_ASCENSION
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.declared import Field, Format, Table, read_table
from terraloom.sources.values import utc
from terraloom.sources.xmlfeed import looks_like

WATCHED = ("99942", "101955", "433", "3200", "1", "4")  # Apophis, Bennu, Eros, Phaethon, Ceres, Vesta
TIME = "Date__(UT)__HR:MN"
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

EARTH_DISTANCE = Metric(
    id="distance_from_earth",
    title="Distance of a small body from the Earth",
    unit="AU",
    low=4e-5,
    high=100.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    hourly=False,
)
BRIGHTNESS = Metric(
    id="apparent_magnitude",
    title="Apparent magnitude of a small body",
    unit="{mag}",
    low=-5.0,
    high=40.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    description="Visual, as seen from the Earth.",
    hourly=False,
)


def _moment(text: str) -> datetime:
    """ "2022-Jun-10 00:00". Raises `RecordError`."""
    date, _, clock = text.partition(" ")
    year, _, rest = date.partition("-")
    month, _, day = rest.partition("-")
    if month not in MONTHS:
        raise RecordError("time", text, "a time such as 2022-Jun-10 00:00")
    return utc(f"{year}-{MONTHS.index(month) + 1}-{day} {clock}")


COLUMNS = Table(
    format=Format.CSV,
    time=(TIME,),
    time_format=_moment,
    fields=(
        Field("R.A._(ICRF)", RIGHT_ASCENSION),
        Field("DEC_(ICRF)", DECLINATION),
        Field("delta", EARTH_DISTANCE),
        Field("APmag", BRIGHTNESS, missing=("n.a.",), optional=True),
    ),
)

_TARGET = re.compile(rb"Target body name:\s*(?P<name>[^{\r\n]{1,100})")
_CENTRE = re.compile(rb"Center body name:\s*Earth \(399\)")
_GEOCENTRIC = re.compile(rb"Center-site name:\s*GEOCENTRIC")
_DESIGNATION = re.compile(r"(?P<number>\d+[PD]?)[ /]|\((?P<provisional>[^()]+)\)")
_SOE, _EOE = b"$$SOE", b"$$EOE"


class JplHorizons(Source):
    """Yesterday, today and tomorrow at midnight UTC, for each of `WATCHED`."""

    info = SourceInfo(
        id="jpl-horizons",
        title="Small bodies as seen from the Earth",
        provider="NASA/JPL SSD",
        agency="jpl",
        url="https://ssd.jpl.nasa.gov/api/horizons.api",
        every="1d",
        emits=Observation,
        metrics=tuple(field.metric for field in COLUMNS.fields),
        licence=jpl.LICENCE,
        citation="Giorgini et al.: JPL Horizons on-line Solar System data and ephemeris computation service",
        homepage="https://ssd.jpl.nasa.gov/horizons/",
        folder="jpl-horizons",
        rate_per_minute=jpl.RATE_PER_MINUTE,
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        first, last = now - timedelta(days=1), now + timedelta(days=1)
        asked = (
            "format=text&OBJ_DATA=NO&EPHEM_TYPE=OBSERVER&CENTER=%27500@399%27&CSV_FORMAT=YES&ANG_FORMAT=DEG"
            f"&START_TIME=%27{first:%Y-%m-%d}%27&STOP_TIME=%27{last:%Y-%m-%d}%27&STEP_SIZE=%271d%27"
            "&QUANTITIES=%271,9,20%27"
        )
        return [f"{self.info.url}?{asked}&COMMAND=%27{body}%3B%27" for body in WATCHED]

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b"Horizons", b"Target body name", within=20_000)

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            station, names, lines = table_of(payload.body, self.info.agency)
        except UNREADABLE as error:
            return iter((reject_payload(payload, error),))
        table = structs.replace(COLUMNS, names=names, place=station)
        return read_table(structs.replace(payload, body=lines), table, self.info.agency)


def table_of(body: bytes, agency: str) -> tuple[Station, tuple[str, ...], bytes]:
    """The body, the names of the columns and the lines of an ephemeris. Raises `RecordError`."""
    begin = body.find(_SOE)
    head = body[:begin] if begin >= 0 else b""
    if begin < 0:
        raise RecordError("ephemeris", body[-200:], "a table that begins with $$SOE")
    if not (_CENTRE.search(head) and _GEOCENTRIC.search(head)):
        raise RecordError("centre", head[-200:], "an ephemeris seen from the Earth's centre")
    header = [line for line in head.splitlines() if TIME.encode() in line]
    if not header:
        raise RecordError("header", head[-200:], f"a line of names that begins with {TIME}")
    names = tuple(name.strip() for name in header[-1].decode("utf-8", "replace").split(","))
    lacking = [field.name for field in COLUMNS.fields if not field.optional and field.name not in names]
    if lacking:
        raise RecordError("header", names[:8], "columns " + ", ".join(lacking))
    end = body.find(_EOE, begin)
    return _target(head, agency), names, body[begin + len(_SOE) : end if end >= 0 else len(body)]


def _target(head: bytes, agency: str) -> Station:
    """ "1 Ceres (A801 AA)", "67P/Churyumov-Gerasimenko", "(2024 YR4)" by the designation that SBDB uses."""
    named = _TARGET.search(head)
    title = named["name"].decode("utf-8", "replace").strip() if named else ""
    match = _DESIGNATION.match(title)
    if match is None:
        raise RecordError("target", title, "a small body such as 1 Ceres (A801 AA) or (2024 YR4)")
    return Station(id=f"{agency}/{match['number'] or match['provisional']}", title=title, kind="object")
