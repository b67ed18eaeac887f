"""The nouns: what is received (`Payload`) and what one source says of a hazard (`HazardReport`).

Times are aware and UTC, longitude stands before latitude, every measurement has a UCUM unit.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

NAMESPACE = UUID("5d1fb3cc-9a3e-5b0c-8a55-7ee7a1a5f00d")
"""All derived ids hang from this one; changing it changes every id of every record."""

Lon = Annotated[float, Meta(ge=-180, le=180)]  # degrees east
Lat = Annotated[float, Meta(ge=-90, le=90)]  # degrees north


def derived_id(*parts: str) -> UUID:
    """uuid5 of `parts`, each length-prefixed so that ("a", "bc") and ("ab", "c") differ."""
    name = "".join([f"{len(part)}:{part}" for part in parts])
    # What uuid.uuid5 does, without its detours: this runs several times for each report.
    return UUID(bytes=hashlib.sha1(NAMESPACE.bytes + name.encode()).digest()[:16], version=5)


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


class Reject(Struct, frozen=True, kw_only=True):
    """A record that cannot be read: where it stands, why, and its verbatim bytes."""

    where: str
    reason: str
    fragment: bytes = b""
