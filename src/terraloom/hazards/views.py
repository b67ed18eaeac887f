"""What a reader gets: frozen rows, in stable field names, for the API, the pages and the command line.

Standard dataclasses, because FastAPI documents them, psycopg fills them and msgspec writes them.
Times are aware and UTC; longitude stands before latitude.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Event:
    """One hazard, as all of its reports together tell it. `alert` is as reported, else as scored here."""

    id: UUID
    event_type: str
    title: str
    state: str  # current | retracted | merged
    merged_into: UUID | None
    lon: float | None
    lat: float | None
    depth_km: float | None
    onset: datetime
    updated_at: datetime
    valid_until: datetime | None
    magnitude: float | None
    magnitude_type: str
    alert: str | None
    severity_level: str | None  # the highest that a report states
    score: float | None  # 0..10, see `severity`
    status: str
    agencies: list[str]
    reports: int
    place: str | None  # nearest city
    country: str | None  # ISO 3166-1 alpha-2
    distance_km: float | None  # from the place
    bearing: str | None  # from the place to the event
    population_100km: float | None
    description: str
    url: str
    changed_seq: int
    onset_year: int | None = (
        None  # before year 1 (-4040 = 4040 BCE); `onset` is then the calendar's first moment
    )


@dataclass(frozen=True, slots=True)
class EventPage:
    """
    A page of events, newest onset first; `next` continues it.

    `matched` counts the events from this page on that pass the filters, where counting was asked for; at
    most `COUNTED`, and then `more_than_counted` is true.
    """

    events: list[Event]
    next: str | None = None
    matched: int | None = None
    more_than_counted: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One accepted version of a report, as one feed gave it."""

    record_id: UUID
    seq: int
    source: str
    source_event_id: str
    title: str
    onset: datetime
    updated_at: datetime
    fetched_at: datetime
    lon: float | None
    lat: float | None
    depth_km: float | None
    magnitude: float | None
    magnitude_type: str
    severity_level: str | None
    status: str
    url: str
    payload_id: UUID


@dataclass(frozen=True, slots=True)
class Report:
    """One hazard as one agency sees it, with its ids and its accepted versions, newest first."""

    agency: str
    canonical_id: str
    seq: int
    onset: datetime
    lon: float | None
    lat: float | None
    depth_km: float | None
    magnitude: float | None
    retracted: bool
    time_resolution_s: float
    position_error_km: float
    keys: list[str]
    aliases: list[str]
    distance_km: float | None  # from the event's position, great circle
    dt_s: float  # after the event's onset; negative = before
    versions_total: int
    versions: list[Version] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a report is where it is."""

    seq: int
    record_id: UUID | None
    payload_id: UUID
    agency: str
    canonical_id: str
    event_id: UUID | None
    action: str
    rule: str
    candidate: str
    distance_km: float | None
    dt_s: float | None
    dmag: float | None
    score: float | None
    reason: str
    source: str | None  # feed of the record
    at: datetime | None  # when its payload was received


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """One report of a pair, and the event it stands in (none while its report is unknown)."""

    agency: str
    id: str
    event_id: UUID | None
    event_type: str | None
    title: str | None
    onset: datetime | None
    lon: float | None
    lat: float | None
    depth_km: float | None
    magnitude: float | None


@dataclass(frozen=True, slots=True)
class Link:
    """Two reports that are close but were not joined."""

    a: LinkEnd
    b: LinkEnd
    distance_km: float | None
    dt_s: float | None
    dmag: float | None
    score: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class LinkPage:
    links: list[Link]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another event of the same sequence (mainshock, aftershocks), seen from this one."""

    event_id: UUID
    title: str
    magnitude: float | None
    onset: datetime
    dt_s: float  # after this event; negative = before
    distance_km: float


@dataclass(frozen=True, slots=True)
class EventMeasurement:
    source: str
    canonical_id: str
    name: str
    value: float
    unit: str  # UCUM
    at: datetime


@dataclass(frozen=True, slots=True)
class Location:
    """People and places near an event."""

    lon: float
    lat: float
    place: str
    country: str
    distance_km: float
    bearing: str
    population_10km: float
    population_50km: float
    population_100km: float
    method: str


@dataclass(frozen=True, slots=True)
class SeverityScore:
    """What the local scoring makes of the event, with its uncertainty."""

    score: float
    alert: str
    alert_probabilities: dict[str, float]
    exposure: Any
    method: str
    explanation: str
    changed_seq: int


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the outbox, with the event as it is now."""

    seq: int
    change: str  # created updated merged split retracted
    at: datetime
    event_id: UUID
    record_id: UUID | None
    event: Event | None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Changes after a number, in order and without gaps; ask again with ``after=last``."""

    changes: list[Change]
    last: int
    head: int  # the newest change there is


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an event's life."""

    seq: int
    change: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EventStory:
    """An event with everything that led to it. Lists are bounded; the totals say what is left out."""

    event: Event
    geometry: Any
    survivor: UUID | None  # where a chain of merges ends
    absorbed: list[UUID]  # events that were merged into this one
    reports: list[Report]
    decisions: list[Decision]
    decisions_total: int
    doubtful: list[Link]
    doubtful_total: int
    sequence: list[Neighbour]  # earthquakes within the sequence window
    measurements: list[EventMeasurement]
    location: Location | None
    severity: SeverityScore | None
    history: list[Step]


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the polls of one source have met, and what came of it."""

    source: str
    paused: bool = False
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_new_at: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    consecutive_failures: int = 0
    breaker: str = "closed"
    polls: int = 0
    errors: int = 0
    lag_s: float | None = None
    payloads: int = 0
    pending: int = 0
    records: int = 0
    rejected: int = 0
    last_payload_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record that could not be read."""

    payload_id: UUID
    n: int
    source: str
    place: str
    reason: str
    fragment: str  # first kilobytes; what is no UTF-8 is replaced
    fragment_bytes: int
    url: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    records: list[Quarantined]
    next: str | None = None
