"""What is asked of the server: spans of time, as small as needed, and their SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from terraloom.backfill.jobs import Window
from terraloom.errors import ConfigError, PayloadError

FIRST = datetime(2008, 3, 1, tzinfo=UTC)  # the first month with spots
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# By name, because a table may get more columns; their types are made ours by `columns.as_spots`.
ROWS = """\
SELECT id, time, band, rx_sign, rx_lat, rx_lon, rx_loc, tx_sign, tx_lat, tx_lon, tx_loc, distance, azimuth,
  rx_azimuth, frequency, power, snr, drift, version, code
FROM wspr.rx
WHERE time >= toDateTime('{start}', 'UTC') AND time < toDateTime('{end}', 'UTC')
FORMAT Parquet"""
COUNTS = """\
SELECT toUnixTimestamp(toStartOfHour(time)) AS hour, count() AS spots
FROM wspr.rx
WHERE time >= toDateTime('{start}', 'UTC') AND time < toDateTime('{end}', 'UTC')
GROUP BY hour ORDER BY hour
FORMAT JSONCompact"""


class _Counts(msgspec.Struct):
    data: list[tuple[int | str, int | str]]  # older servers quote what has 64 bits
    rows: int


def rows_sql(window: Window) -> str:
    """All spots of a window, as a Parquet file."""
    return ROWS.format(start=_literal(window.start), end=_literal(window.end))


def counts_sql(window: Window) -> str:
    """How many spots there are in each hour of a window."""
    return COUNTS.format(start=_literal(window.start), end=_literal(window.end))


def read_counts(body: bytes) -> dict[datetime, int]:
    """The answer to `counts_sql`. Raises `PayloadError` for one that is not whole."""
    try:
        found = msgspec.json.decode(body, type=_Counts)
        if len(found.data) != found.rows:
            raise PayloadError(f"the server's counts: {len(found.data)} of {found.rows} hours")
        return {datetime.fromtimestamp(int(hour), UTC): int(spots) for hour, spots in found.data}
    except (msgspec.DecodeError, ValueError) as error:
        raise PayloadError(f"the server's counts: {error}") from error


def expected(window: Window, counts: Mapping[datetime, int]) -> int:
    """The server's count of a window of whole hours."""
    return sum(spots for hour, spots in counts.items() if window.start <= hour < window.end)


def month_of(text: str, key: str) -> Window:
    """The month "2008-03". Raises `ConfigError` for what is none, or is before the first."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", text)
    if not found or not 1 <= int(found[2]) <= 12 or int(found[1]) < 1:
        raise ConfigError(key, text, "a month such as 2008-03")
    month = _month(datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC))
    if month.start < FIRST:
        raise ConfigError(key, text, f"{FIRST:%Y-%m} or later: there are no spots before")
    return month


def months(first: Window, last: Window) -> Iterator[Window]:
    """All months from `first` to `last`, both included."""
    while first.start <= last.start:
        yield first
        first = _month(first.end)


def last_whole(now: datetime) -> Window:
    """The last month that is over."""
    return _month(now.replace(day=1) - DAY)


def smaller(window: Window) -> list[Window]:
    """The days of a month, the hours of a day; none of an hour."""
    span = window.end - window.start
    if span <= HOUR:
        return []
    step = HOUR if span <= DAY else DAY
    starts = [window.start + n * step for n in range(span // step)]
    return [Window(start, start + step) for start in starts]


def name_of(window: Window) -> str:
    """202001, 20200131 or 20200131T23: by its length."""
    span = window.end - window.start
    return f"{window.start:{'%Y%m%dT%H' if span <= HOUR else '%Y%m%d' if span <= DAY else '%Y%m'}}"


def _month(instant: datetime) -> Window:
    start = instant.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Window(start, (start + 31 * DAY).replace(day=1))


def _literal(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}"
