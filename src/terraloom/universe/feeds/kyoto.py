"""wdc.kugi.kyoto-u.ac.jp: Dst by months in the exchange format, final until 2014, then provisional."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.instruments import HOUR, Instrument

HOST = "wdc.kugi.kyoto-u.ac.jp"
FIRST, PROVISIONAL_FROM, ENDS = 1957, 2015, 2020
MISSING = 9999
PATH = re.compile(r"/dst_(final|provisional)/(\d{4})(\d{2})/dst(\d{2})(\d{2})\.for\.request")
DST = Instrument(
    source="kyoto-dst",
    metric="dst_index",
    station="kyoto/planet",
    step=HOUR,
    base=-15.0,
    yearly=6.0,
    chance=40.0,
    digits=0,
    gaps=0.01,
)


def feed(asked: Asked) -> Page | None:
    match = PATH.fullmatch(asked.path)
    if match is None:
        return None
    year, month = int(match[2]), int(match[3])
    known = range(FIRST, PROVISIONAL_FROM) if match[1] == "final" else range(PROVISIONAL_FROM, ENDS)
    if year not in known or not 1 <= month <= 12 or (match[4], match[5]) != (match[2][2:], match[3]):
        return None
    first = datetime(year, month, 1, tzinfo=UTC)
    days = (first + timedelta(days=n) for n in range(31))
    lines = [_line(asked.seed, day) for day in days if day.month == month]
    return Page(("\n".join(lines) + "\n").encode(), "text/plain")


def _line(seed: int, day: datetime) -> str:
    values = [value(seed, day + timedelta(hours=hour)) for hour in range(24)]
    known = [one for one in values if one is not None]
    mean = round(sum(known) / len(known)) if known else MISSING
    cells = "".join(f"{MISSING if one is None else round(one):4d}" for one in (*values, mean))
    return f"DST{day:%y%m}*{day:%d}  X0{day.year // 100}   0{cells}"


def value(seed: int, at: datetime) -> float | None:
    """The truth of an hour; None where it is missing."""
    return DST.at(seed, at)
