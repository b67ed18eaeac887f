"""Observations as columns, in the order of series and time; and what their hours and days come to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from terraloom.records import Observation, Quality, derived_id

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Times = NDArray[np.datetime64]
Flags = NDArray[np.int16]
Mask = NDArray[np.bool_]

UNIT: dict[str, Literal["h", "D"]] = {"hour": "h", "day": "D"}


@cache
def series_id(metric: str, station: str) -> int:
    """The id of a series: 63 bits of the uuid5 of metric and station, so that it follows from them."""
    return derived_id("series", metric, station).int >> 65


class Batch(Struct, frozen=True):
    """
    Columns of equal length n, by series, then time, each pair once. `value` is NaN where it is withdrawn,
    `lon` and `lat` (degrees) are NaN where the station's own place holds. `time` is UTC, µs.
    """

    series: Integers
    time: Times
    value: Floats
    flag: Flags
    lon: Floats
    lat: Floats

    def __len__(self) -> int:
        return len(self.series)

    def take(self, rows: Mask | Integers) -> Batch:
        """Some of the rows, by mask or index."""
        return Batch(*(getattr(self, name)[rows] for name in self.__struct_fields__))


def batch_of(observations: Sequence[Observation]) -> Batch:
    """One batch; of several values for one series and time the last given stays."""
    ids = [series_id(o.metric, o.station) for o in observations]
    seconds = np.array([o.time.timestamp() for o in observations], np.float64)
    columns = Batch(
        np.array(ids, np.int64),
        np.rint(seconds * 1e6).astype(np.int64).view("datetime64[us]"),
        np.array([o.value for o in observations], np.float64),  # None becomes NaN
        np.array([o.quality for o in observations], np.int16),
        np.array([o.lon for o in observations], np.float64),
        np.array([o.lat for o in observations], np.float64),
    )
    order = np.lexsort((columns.time, columns.series))  # stable: equal keys keep the order given
    series, time = columns.series[order], columns.time[order]
    last = np.ones(len(order), np.bool_)
    last[:-1] = (series[1:] != series[:-1]) | (time[1:] != time[:-1])
    return columns.take(order[last])


class Sums(Struct, frozen=True):
    """
    Rollup rows, by series, then start: of the good values their number, sum (added in the order of time),
    least, greatest and last; NaN where there are none. `flagged` counts the others but for withdrawn ones.
    """

    series: Integers
    start: Times
    n: Integers
    flagged: Integers
    sum: Floats
    min: Floats
    max: Floats
    last: Floats

    def __len__(self) -> int:
        return len(self.series)


def starts(times: Times, span: str) -> Times:
    """The beginning of the "hour" or "day" (UTC) that each time falls into; NaT stays NaT."""
    return times.astype(f"datetime64[{UNIT[span]}]").astype("datetime64[us]")


def sums_of(batch: Batch, span: str, before: Sums | None = None) -> Sums:
    """
    The rollup of a batch by "hour" or "day". The rows of `before` go on with this batch: what they hold
    counts as if its values stood before the batch's.
    """
    start = starts(batch.time, span)
    group, first = _groups(batch.series, start)
    size = len(first)
    good = batch.flag == Quality.GOOD
    doubted = ~good & (batch.flag != Quality.WITHDRAWN)
    n, flagged = (np.bincount(group, chosen, size).astype(np.int64) for chosen in (good, doubted))
    group, value = group[good], batch.value[good]
    at, seeds = np.array([], np.int64), value[:0]
    if before is not None:
        at = _places(batch.series[first], start[first], before)
        n[at] += before.n
        flagged[at] += before.flagged
        seeds = before.sum
    had = ~np.isnan(seeds)
    # `bincount` adds one value after the other, as PostgreSQL does: bit for bit. Seeds come first.
    weights = np.concatenate((seeds[had], value))
    total = np.bincount(np.concatenate((at[had], group)), weights, size).astype(np.float64)
    least, greatest, last = (np.full(size, np.nan) for _ in range(3))
    if before is not None:
        least[at], greatest[at], last[at] = before.min, before.max, before.last
    np.fmin.at(least, group, value)
    np.fmax.at(greatest, group, value)
    last[group] = value  # of several the last one stays
    total[np.isnan(last)] = np.nan
    return Sums(batch.series[first], start[first], n, flagged, total, least, greatest, last)


def _groups(series: Integers, start: Times) -> tuple[Integers, Integers]:
    """The number of each row's group, and the first row of each."""
    begins = np.ones(len(series), np.bool_)
    begins[1:] = (series[1:] != series[:-1]) | (start[1:] != start[:-1])
    return np.cumsum(begins) - 1, np.flatnonzero(begins)


def _places(series: Integers, start: Times, before: Sums) -> Integers:
    """Where each row of `before` stands among these groups, all of which it has."""
    place = {pair: at for at, pair in enumerate(zip(series.tolist(), start.tolist(), strict=True))}
    pairs = zip(before.series.tolist(), before.start.tolist(), strict=True)
    return np.array([place[pair] for pair in pairs], np.int64)
