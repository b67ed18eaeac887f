"""The nouns: what is received (`Payload`), and what one source says of a hazard (`HazardReport`) or measured
(`Observation` of a `Metric` at a `Station`).

Times are aware and UTC, longitude stands before latitude, every measurement has a UCUM unit.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from enum import Enum, IntEnum
from functools import cached_property
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

NAMESPACE = UUID("5d1fb3cc-9a3e-5b0c-8a55-7ee7a1a5f00d")
"""All derived ids hang from this one; changing it changes every id of every record."""
_NAMESPACE = NAMESPACE.bytes

Lon = Annotated[float, Meta(ge=-180, le=180)]  # degrees east
Lat = Annotated[float, Meta(ge=-90, le=90)]  # degrees north

CALENDAR_BEGINS = datetime(1, 1, 1, tzinfo=UTC)
"""
The onset of what began before year 1, which no `datetime` holds. Its year stands in the measurement
`ONSET_YEAR` (unit "a", -4040 = 4040 BCE), and it is near nothing in time.
"""
ONSET_YEAR = "onset_year"


def year_name(year: int) -> str:
    """A year as historians write it: 4040 BCE for -4040. They know no year 0; some sources write it."""
    return f"{-year} BCE" if year < 0 else f"year {year}"


def derived_id(*parts: str) -> UUID:
    """uuid5 of `parts`, each length-prefixed so that ("a", "bc") and ("ab", "c") differ."""
    return UUID(bytes=derived_bytes(*parts))


def derived_bytes(*parts: str) -> bytes:
    """The bytes of `derived_id`: as `uuid.uuid5` makes them, without its detours; each report needs some."""
    name = "".join([f"{len(part)}:{part}" for part in parts])
    digest = bytearray(hashlib.sha1(_NAMESPACE + name.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50  # version 5
    digest[8] = digest[8] & 0x3F | 0x80  # the variant of RFC 4122
    return bytes(digest)


class EventType(str, Enum):
    """GDACS two-letter hazard codes, and those that other feeds add."""

    EARTHQUAKE = "EQ"
    TROPICAL_CYCLONE = "TC"
    FLOOD = "FL"
    VOLCANO = "VO"
    DROUGHT = "DR"
    WILDFIRE = "WF"
    TSUNAMI = "TS"
    LANDSLIDE = "LS"
    SEVERE_WEATHER = "SW"
    OTHER = "OT"


class Severity(str, Enum):
    """Alert level as reported (GDACS colours; PAGER's yellow stands between green and orange)."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    ORANGE = "ORANGE"
    RED = "RED"


class ReportStatus(str, Enum):
    AUTOMATIC = "automatic"
    REVIEWED = "reviewed"
    DELETED = "deleted"


class Measurement(Struct, frozen=True):
    """One number that a source states: `unit` in UCUM ("km", "[kn_i]", "1" where dimensionless)."""

    name: str
    value: float
    unit: str


class Payload(Struct, frozen=True, kw_only=True, dict=True):
    """Bytes as an upstream sent them. Immutable; `id` is derived, so a replay names it the same."""

    source: str
    url: str
    fetched_at: datetime
    body: bytes
    kind: str = "feed"
    status: int = 200
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    link: str = ""  # the header of that name, which leads to the next page; not kept in the archive

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @cached_property
    def id(self) -> UUID:
        return derived_id(self.source, self.url, self.fetched_at.isoformat(), self.sha256)


class HazardReport(Struct, frozen=True, kw_only=True, dict=True):
    """
    What one source says of one hazard at one moment.

    `source` is the feed (registry id); `agency` is whose ids `source_event_id` and `also_ids` are, so
    that two feeds of one agency speak of the same event under the same id. `keys` are identity keys that
    hold across agencies, as "scheme:value": ``glide:EQ-2026-000012-TUR``, ``atcf:AL092022``,
    ``cap:<identifier>``, ``vtec:KTBW.TR.W.1009``, ``storm:IAN.2022.NA`` (upper-case value).
    """

    source: str
    agency: str
    source_event_id: str
    event_type: EventType
    title: str
    onset: datetime
    updated_at: datetime  # the source's own clock
    lon: float | None = None  # degrees east, -180..180
    lat: float | None = None  # degrees north
    depth_km: float | None = None  # positive down
    description: str = ""
    url: str = ""
    magnitude: float | None = None
    magnitude_type: str = ""
    severity_level: Severity | None = None
    measurements: tuple[Measurement, ...] = ()
    also_ids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    status: ReportStatus = ReportStatus.AUTOMATIC
    valid_until: datetime | None = None
    geometry: dict[str, Any] | None = None  # GeoJSON geometry where the source gives more than a point
    time_resolution_s: float = 1.0  # 60 = the source cuts times to the minute: truth lies 0..60 s later
    position_error_km: float = 0.0  # what the source states or its rounding implies
    fragment: bytes = b""  # verbatim

    @cached_property
    def fragment_hash(self) -> str:
        return hashlib.sha256(self.fragment).hexdigest()


class Aggregate(str, Enum):
    """How values of a metric become one value of an hour, a day, or of many stations."""

    MEAN = "mean"
    SUM = "sum"
    MAX = "max"
    MIN = "min"
    LAST = "last"


class Metric(Struct, frozen=True, kw_only=True):
    """
    One thing that is measured, in one unit.

    `id` is the CF standard name where one fits (``air_temperature``), else words of the field
    (``planetary_k_index``). `unit` is UCUM ("Cel", "m/s", "1" where dimensionless). A value outside
    `low`..`high` is stored and flagged: no instrument that works says so. `aggregate` makes one value of
    many; `hourly` says that values come more often than once an hour, so that hours are worth keeping.
    """

    id: str
    title: str
    unit: str
    low: float
    high: float
    field: str  # heading under which it is listed: "space weather", "ocean", …
    aggregate: Aggregate = Aggregate.MEAN
    cf_standard_name: str = ""
    description: str = ""
    hourly: bool = True


class Quality(IntEnum):
    """What is known against a value. Only `GOOD` ones enter hours, days and pages; all are kept."""

    GOOD = 0
    OUT_OF_RANGE = 1  # outside the metric's sensible range
    WRONG_UNIT = 2  # in a unit that the metric's cannot be made from; the value is as given
    SUSPECT = 3  # its own source doubts it
    WITHDRAWN = 4  # its source took it back; there is no value any more


class Station(Struct, frozen=True, kw_only=True):
    """
    Where values come from: an instrument, a platform, a grid cell, a country, or the planet as a whole.

    `id` is ``<agency>/<the agency's own code>``. Without a place it moves, or is everywhere.
    """

    id: str
    title: str = ""
    lon: float | None = None  # degrees east, -180..180
    lat: float | None = None  # degrees north
    elevation_m: float | None = None  # above mean sea level
    kind: str = "fixed"  # fixed | mobile | grid | region | planet | spacecraft | object


class Observation(Struct, frozen=True, kw_only=True):
    """
    One value of one metric at one station and time.

    `metric` is its id. `station` is ``<agency>/<code>``. Its place stands here only where it differs from the
    station's (a platform that moves). `unit` is the feed's, where that is not the metric's: the value is
    converted when it comes in. A `value` of None says that the source withdraws what it said before; a value
    that was never there is no observation.
    """

    metric: str
    station: str
    time: datetime  # UTC; the beginning of the span where the value is of a span
    value: float | None
    lon: float | None = None  # degrees east, -180..180
    lat: float | None = None  # degrees north
    unit: str = ""  # UCUM
    quality: Quality = Quality.GOOD


class Reject(Struct, frozen=True, kw_only=True):
    """A record that cannot be read: where it stands, why, and its verbatim bytes."""

    where: str
    reason: str
    fragment: bytes = b""


Record = HazardReport | Observation | Station | Reject
"""What a parser may yield."""
