"""The last look at what was measured: fit to be kept, in the metric's unit, flagged where it is doubtful."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import cache

from msgspec import structs

from terraloom.errors import RecordError
from terraloom.observations.units import conversion
from terraloom.records import Metric, Observation, Quality, Reject, Station
from terraloom.sources.base import SourceInfo

BEGINS = datetime(1, 1, 1, tzinfo=UTC)
ENDS = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)  # its last second: what feeds write for "never"
LONGEST_TITLE = 500  # characters
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
STATION = re.compile(r"[a-z0-9-]+/[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")


def measured(one: Observation | Station, info: SourceInfo) -> Observation | Station | Reject:
    """
    The record itself if it can be kept, an observation with its value in the metric's unit; else a `Reject`.

    A value outside the metric's range, or in a unit that it cannot be made from, is kept and flagged.
    """
    try:
        if isinstance(one, Station):
            return _sound_station(one, info)
        return _checked(one, info)
    except RecordError as error:
        which = one.id if isinstance(one, Station) else f"{one.metric} at {one.station}, {one.time}"
        return Reject(where=which[:300], reason=str(error)[:2000])


def _sound_station(one: Station, info: SourceInfo) -> Station:
    """A station in words that the database can hold."""
    _check_place(one.id, one.lon, one.lat, info)
    if one.elevation_m is not None and not math.isfinite(one.elevation_m):
        raise RecordError("elevation_m", one.elevation_m, "a finite number")
    title = UNPRINTABLE.sub(" ", one.title[:LONGEST_TITLE]).strip()
    return one if title == one.title else structs.replace(one, title=title)


def _checked(one: Observation, info: SourceInfo) -> Observation:
    metric = _metrics(info).get(one.metric)
    if metric is None:
        raise RecordError("metric", one.metric, "one that the source declares in its info")
    _check_place(one.station, one.lon, one.lat, info)
    if one.time.utcoffset() is None:
        raise RecordError("time", one.time, "a time with its zone")
    if not BEGINS <= one.time <= ENDS:
        raise RecordError("time", one.time, "a time in the years 1 to 9999, UTC")
    if one.value is None:
        return structs.replace(one, quality=Quality.WITHDRAWN)
    if not math.isfinite(one.value):
        raise RecordError("value", one.value, "a finite number")
    if one.unit and one.unit != metric.unit:
        one = _converted(one, metric)
    if one.quality is Quality.GOOD and not metric.low <= one.value <= metric.high:  # type: ignore[operator]
        return structs.replace(one, quality=Quality.OUT_OF_RANGE)
    return one


def _converted(one: Observation, metric: Metric) -> Observation:
    convert = conversion(one.unit, metric.unit)
    if convert is None:
        return structs.replace(one, quality=Quality.WRONG_UNIT)
    assert one.value is not None, "a withdrawal has no value to convert"
    value = convert(one.value)
    if not math.isfinite(value):
        raise RecordError("value", one.value, f"a number that is finite in {metric.unit}")
    return structs.replace(one, value=value, unit="")


def _check_place(station: str, lon: float | None, lat: float | None, info: SourceInfo) -> None:
    if not station.startswith(f"{info.agency}/") or not STATION.fullmatch(station):
        raise RecordError("station", station, f"{info.agency}/<code> of at most 200 characters")
    if (lon is None) != (lat is None):
        raise RecordError("lon, lat", (lon, lat), "both or neither")
    if lon is not None and lat is not None and not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise RecordError("lon, lat", (lon, lat), "-180..180 degrees east, -90..90 degrees north")


@cache
def _metrics(info: SourceInfo) -> dict[str, Metric]:
    return {metric.id: metric for metric in info.metrics}
