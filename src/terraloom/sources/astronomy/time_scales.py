"""
The clocks of astronomy, read as UTC: Julian dates (UTC, and TDB as orbits count), and GPS seconds.

UTC is behind atomic time (TAI) by whole seconds, one more after each date of `_LEAPS` (IERS Bulletin C; none
is announced after 2017). TDB is TAI + 32.184 s within 2 ms, GPS time is TAI - 19 s. Before 1972 UTC had no
whole seconds: 10 s are taken, which is within 45 s of universal time since 1900. Leap seconds of the future
are unknown, and little beside what orbits state of their own uncertainty there.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta

from terraloom.errors import RecordError
from terraloom.sources.values import number

J1970 = 2440587.5  # the Julian date of 1970-01-01 00:00
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)
FIRST = 10  # TAI - UTC from 1972, s

_LEAPS = (
    "1972-07 1973-01 1974-01 1975-01 1976-01 1977-01 1978-01 1979-01 1980-01 1981-07 1982-07 1983-07 1985-07 "
    "1988-01 1990-01 1991-01 1992-07 1993-07 1994-07 1996-01 1997-07 1999-01 2006-01 2009-01 2012-07 2015-07 "
    "2017-01"
)
_IN_TAI = [
    datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC) + timedelta(seconds=FIRST + 1 + n)
    for n, month in enumerate(_LEAPS.split())
]
"""When each began, by a clock that shows TAI."""


def utc_of_julian_date(field: str, value: object) -> datetime:
    """A Julian date in UTC, to the millisecond (a double holds 0.04 ms). Raises `RecordError`."""
    return _moved(EPOCH, field, value, days=number(field, value) - J1970)


def utc_of_tdb(field: str, value: object) -> datetime:
    """A Julian date in barycentric dynamical time as UTC, to the millisecond. Raises `RecordError`."""
    return _of_tai(_moved(EPOCH, field, value, days=number(field, value) - J1970, seconds=-32.184))


def utc_of_gps(field: str, value: object, nanoseconds: float = 0.0) -> datetime:
    """Seconds of GPS time as UTC. Raises `RecordError`."""
    seconds = number(field, value) + 19.0
    return _of_tai(_moved(GPS_EPOCH, field, value, seconds=seconds, microseconds=nanoseconds / 1000.0))


def _of_tai(moment: datetime) -> datetime:
    return moment - timedelta(seconds=FIRST + bisect_right(_IN_TAI, moment))


def _moved(start: datetime, field: str, value: object, **by: float) -> datetime:
    """`start` plus a time, which must end 100 years within the calendar, so that it can be moved further."""
    try:
        found = start + timedelta(**by)
    except OverflowError:
        found = datetime.max.replace(tzinfo=UTC)
    if not 100 < found.year < 9900:
        raise RecordError(field, value, "a time within the years 101 to 9899")
    return found if "microseconds" in by else _to_millisecond(found)


def _to_millisecond(moment: datetime) -> datetime:
    return moment + timedelta(microseconds=round(moment.microsecond, -3) - moment.microsecond)
