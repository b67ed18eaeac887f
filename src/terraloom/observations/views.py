"""What a reader gets of what was measured: frozen rows, in stable field names, for API, pages and commands.

Standard dataclasses, because FastAPI documents them, psycopg fills them and msgspec writes them.
Times are aware and UTC; longitude stands before latitude, in degrees; values are in the metric's unit (UCUM).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Value:
    """One value as its source gave it. `value` is null where it was withdrawn; `revision` 0 is the first."""

    metric: str
    station: str
    time: datetime
    value: float | None
    unit: str
    lon: float | None
    lat: float | None
    quality: str  # good | out_of_range | wrong_unit | suspect | withdrawn
    revision: int


@dataclass(frozen=True, slots=True)
class SpanValue:
    """An hour or a day that begins at `time`: `value` by the metric's aggregate, from `n` good values."""

    metric: str
    station: str
    time: datetime
    value: float
    unit: str
    lon: float | None
    lat: float | None
    n: int
    min: float
    max: float
    mean: float


@dataclass(frozen=True, slots=True)
class ValuePage:
    """
    Values by metric, station and time; `next` continues them. A page may be short, even empty, and yet have
    a `next`, where most of what was looked at is not wanted.
    """

    resolution: str  # raw | hour | day
    values: list[Value] | list[SpanValue]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest good value of a metric, and where it was measured."""

    station: str
    time: datetime
    value: float


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """A metric of the catalogue, and what there is of it: sums over its series, nothing is counted."""

    id: str
    title: str
    unit: str
    field: str
    aggregate: str  # mean | sum | max | min | last: how values become one of an hour, a day, many stations
    hourly: bool  # whether hours are kept
    low: float  # outside low..high a value is flagged
    high: float
    cf_standard_name: str
    description: str
    n: int  # good values
    flagged: int  # kept with a doubt
    withdrawn: int
    revisions: int  # earlier versions of values
    stations: int
    sources: list[str]
    first_time: datetime | None
    last_time: datetime | None
    newest: Newest | None


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """One metric at one station."""

    metric: str
    station: str
    unit: str
    source: str  # the feed that first brought it
    n: int
    flagged: int
    withdrawn: int
    revisions: int
    first_time: datetime | None
    last_time: datetime | None
    last_good: datetime | None  # time of the newest good value
    last_value: float | None


@dataclass(frozen=True, slots=True)
class StationSummary:
    """Where values come from, with all of its series. Without a place it moves, or is everywhere."""

    id: str  # agency/code
    agency: str
    title: str
    lon: float | None
    lat: float | None
    elevation_m: float | None
    kind: str  # fixed | mobile | grid | region | planet | spacecraft | object
    series: list[SeriesSummary]


@dataclass(frozen=True, slots=True)
class StationPage:
    """A page of stations by id; `next` continues it."""

    stations: list[StationSummary]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """What was said of one value, and in which payload. The one in force is `current`."""

    revision: int
    value: float | None
    quality: str
    lon: float | None
    lat: float | None
    current: bool
    source: str
    payload_id: str
    url: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Revised:
    """A value that was said more than once."""

    time: datetime
    versions: int


@dataclass(frozen=True, slots=True)
class SeriesStory:
    """A series; its values that were revised, newest first; and where one was asked for, its versions."""

    series: SeriesSummary
    revised: list[Revised]
    versions: list[Version]
