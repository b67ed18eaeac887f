"""What the services of JPL's Solar System Dynamics group share: https://ssd-api.jpl.nasa.gov/doc/."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from terraloom.sources.astronomy.metrics import (
    ABSOLUTE_MAGNITUDE,
    CLOSE_APPROACH_DISTANCE,
    CLOSE_APPROACH_SPEED,
    CLOSE_APPROACH_TIME,
)
from terraloom.sources.astronomy.time_scales import utc_of_tdb
from terraloom.sources.base import UNREADABLE
from terraloom.sources.declared import Cells, Field, Format, Table, find

LICENCE = "public domain (US government work)"
RATE_PER_MINUTE = 6.0  # they ask for one request at a time


class Answer(Struct):
    """The envelope of every answer; without a match there is nothing else in it."""

    count: int | str = ""


def is_empty(body: bytes) -> bool:
    """Whether an answer says of itself that nothing matched."""
    try:
        return msgspec.json.decode(body, type=Answer).count in (0, "0")
    except UNREADABLE:
        return False  # its records may be readable all the same


def day_of(tdb: str) -> datetime:
    """The day (UTC) of a Julian date in TDB. Raises `RecordError`."""
    return utc_of_tdb("jd", tdb).replace(hour=0, minute=0, second=0, microsecond=0)


def with_hour(cells: Cells) -> Cells:
    """An approach with the hour of its day, for `APPROACHES`. Raises `RecordError`."""
    moment = utc_of_tdb("jd", find(cells, "jd"))
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return {**cells, "hour": round((moment - midnight).total_seconds() / 3600.0, 6)}


APPROACHES = Table(
    format=Format.JSON,
    records="data",
    header="fields",
    time=("jd",),
    time_format=day_of,  # a better orbit moves the moment, and must find the value that it revises
    station="des",  # the primary designation ("99942", "2004 MN4"), by which all JPL feeds name a body
    title="fullname",
    kind="object",
    fields=(
        Field("dist", CLOSE_APPROACH_DISTANCE),
        Field("v_rel", CLOSE_APPROACH_SPEED),
        Field("hour", CLOSE_APPROACH_TIME),
        Field("h", ABSOLUTE_MAGNITUDE, optional=True),
    ),
)
"""Approaches to the Earth, once `with_hour`."""
