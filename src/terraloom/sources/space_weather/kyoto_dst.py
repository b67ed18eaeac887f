"""
World Data Center for Geomagnetism, Kyoto: the Dst index by hours.

The exchange format (https://wdc.kugi.kyoto-u.ac.jp/dstae/format/dstformat.html) has a line of 120 columns for
each day: ``DST``, year and month, ``*``, day; then the century, which older files leave blank; a base value
(100 nT); 24 hourly values and the daily mean, four columns each, so that they may run together. 9999 is
missing. The page of the current month has columns of four too, with a blank after every eighth hour, below
the name of the month; it is not recorded, and built from its public description.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from terraloom.errors import RecordError
from terraloom.records import Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.space_weather.metrics import DST
from terraloom.sources.values import number

REALTIME = "https://wdc.kugi.kyoto-u.ac.jp/dst_realtime"
EARTH = Station(id="kyoto/planet", title="Earth", kind="planet")
FIRST_YEAR = 57  # of the index, 1957: a two-digit year before it is of this century
MISSING = 9999.0
HOURS = range(24)
Reader = Callable[[str], list[Observation]]

_MONTHS = "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER".split()
_MONTH = re.compile(r"\b({})\s+([12]\d{{3}})\b".format("|".join(_MONTHS)))
_PAGE_ROW = re.compile(r"^[ 0-3]\d [ \d-]{20}.*$", re.MULTILINE)


class KyotoDst(Source):
    """
    The quick-look file of the current month, and on its first days that of the last one. Provisional and
    final files are of the same format. An hour's value stands at its beginning.
    """

    info = SourceInfo(
        id="kyoto-dst",
        title="Dst index, Kyoto",
        provider="WDC for Geomagnetism, Kyoto",
        agency="kyoto",
        url=f"{REALTIME}/presentmonth/index.html",
        every="1h",
        emits=Observation,
        metrics=(DST,),
        licence="research and education; no redistribution",
        citation="World Data Center for Geomagnetism, Kyoto: Geomagnetic Dst index, doi 10.17593/14515-74000",
        homepage="https://wdc.kugi.kyoto-u.ac.jp/dstdir/",
        folder="kyoto-dst",
        extra_folders=("dst",),
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        # A month's file begins with its first hour, which is known an hour or two later.
        months = sorted({f"{now - timedelta(hours=hours):%Y%m}" for hours in (3, 72)})
        return tuple(f"{REALTIME}/{month}/dst{month[2:]}.for.request" for month in months)

    def recognises(self, payload: Payload) -> bool:
        return payload.body[:3] == b"DST" or b"Hourly Equatorial Dst Values" in payload.body[:5000]

    def parse(self, payload: Payload) -> Iterator[Record]:
        text = payload.body.decode("ascii", "replace")  # the page is EUC-JP; its table is not concerned
        days = _lines(text) or _page(text)
        if not days:
            expected = "lines that begin with DST, or a month with its days"
            yield reject_payload(payload, RecordError("table", payload.body[:80], expected))
            return
        yield EARTH
        for n, (line, read) in enumerate(days):
            try:
                yield from read(line)
            except UNREADABLE as error:
                yield Reject(where=f"record {n}", reason=str(error), fragment=line.encode())


def _lines(text: str) -> list[tuple[str, Reader]]:
    """The days of the exchange format, unread."""
    return [(line, read_line) for line in text.splitlines() if line.startswith("DST")]


def _page(text: str) -> list[tuple[str, Reader]]:
    """The days of a month's page, unread; none where it names no month."""
    month = _MONTH.search(text)
    if month is None:
        return []
    begins = datetime(int(month[2]), _MONTHS.index(month[1]) + 1, 1, tzinfo=UTC)
    return [(row, partial(read_row, month=begins)) for row in _PAGE_ROW.findall(text, month.end())]


def read_line(line: str) -> list[Observation]:
    """One day of the exchange format. Raises `RecordError`."""
    if len(line) < 116:
        raise RecordError("line", len(line), "120 columns")
    year, century = line[3:5], line[14:16].strip()
    if not century:
        century = "19" if number("year", year) >= FIRST_YEAR else "20"
    base = 100.0 * number("base value", line[16:20])
    day = _day(f"{century}{year}-{line[5:7]}-{line[8:10]}")
    return _hours(day, [line[20 + 4 * hour : 24 + 4 * hour] for hour in HOURS], base)


def read_row(row: str, month: datetime) -> list[Observation]:
    """One day of a month's page: a blank stands before every eighth value. Raises `RecordError`."""
    day = _day(f"{month:%Y-%m}-{row[:2].strip().zfill(2)}")
    starts = (3 + 4 * hour + hour // 8 for hour in HOURS)
    return _hours(day, [row[start : start + 4] for start in starts], 0.0)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise RecordError("day", text, "a day that exists") from None


def _hours(day: datetime, cells: Sequence[str], base: float) -> list[Observation]:
    values = [number(f"hour {hour}", cells[hour]) if cells[hour].strip() else MISSING for hour in HOURS]
    return [
        Observation(
            metric=DST.id, station=EARTH.id, time=day + timedelta(hours=hour), value=base + values[hour]
        )
        for hour in HOURS
        if values[hour] != MISSING
    ]
