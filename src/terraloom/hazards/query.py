"""Read events and what led to them: for the API, the pages and the command line alike.

Every function takes a connection and returns frozen rows (`views`). A listing is paged by an opaque cursor
that names the last row, so that pages stay right while events come in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Protocol
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from terraloom import paging
from terraloom.db.patterns import containing
from terraloom.errors import RecordError
from terraloom.hazards.rules import EARTH_RADIUS_KM, Rules, distance_km
from terraloom.hazards.views import (
    Change,
    ChangePage,
    Decision,
    Event,
    EventMeasurement,
    EventPage,
    EventStory,
    Link,
    LinkEnd,
    LinkPage,
    Location,
    Neighbour,
    Quarantined,
    QuarantinePage,
    Report,
    SeverityScore,
    SourceState,
    Step,
    Version,
)
from terraloom.records import EventType

Connection = psycopg.Connection[Any]
Row = dict[str, Any]

COUNTED = 10_000
"""A count stops here: counting millions of rows for a page nobody turns to is what makes maps slow."""
VERSIONS = 50
"""Newest versions shown of each report."""
DECISIONS = 500
LINKS = 200
HISTORY = 200


class SpaceTime(Protocol):
    """A window, as `rules` or the settings state it."""

    @property
    def spatial_radius_km(self) -> float: ...
    @property
    def temporal_window_hours(self) -> float: ...


SEQUENCE_WINDOW: SpaceTime = Rules().earthquake


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """
    Which events. Empty = all. `bbox` is west, south, east, north in degrees; west > east crosses 180°.

    `since` and `until` bound the onset; `active_since` keeps what began, changed or is valid after it.
    `text` is looked for in title, description and nearest place, and is compared with the agencies' ids.
    """

    bbox: tuple[float, float, float, float] | None = None
    since: datetime | None = None
    until: datetime | None = None
    active_since: datetime | None = None
    types: Sequence[str] = ()
    min_magnitude: float | None = None
    max_magnitude: float | None = None
    alerts: Sequence[str] = ()
    agencies: Sequence[str] = ()
    sources: Sequence[str] = ()
    text: str = ""
    states: Sequence[str] = ("current",)


def events(
    connection: Connection,
    filters: Filters | None = None,
    *,
    limit: int = 100,
    cursor: str = "",
    count: bool = False,
) -> EventPage:
    """One page of events, newest onset first. Raises `RecordError` for a cursor that is none."""
    onset, event_id = _event_cursor(cursor)
    parameters = _parameters(filters or Filters()) | {
        "after_onset": onset,
        "after_id": event_id,
        "page_limit": limit,
        "counted_limit": COUNTED + 1 if count else limit + 1,
    }
    rows = _rows(connection, "events", parameters)
    matched = rows[0].pop("matched") if rows else 0
    for row in rows[1:]:
        del row["matched"]
    found = [Event(**row) for row in rows]
    return EventPage(
        events=found,
        next=paging.cursor(found[-1].onset.isoformat(), str(found[-1].id)) if matched > limit else None,
        matched=min(matched, COUNTED) if count else None,
        more_than_counted=count and matched > COUNTED,
    )


def every_event(
    connection: Connection, filters: Filters | None = None, *, page: int = 1000
) -> Iterator[Event]:
    """All events that pass, page by page: what an export streams."""
    cursor: str | None = ""
    while cursor is not None:
        found = events(connection, filters, limit=page, cursor=cursor)
        yield from found.events
        cursor = found.next


def events_by_id(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Event]:
    """The events with these ids, whatever their state; unknown ids are left out."""
    return {row["id"]: Event(**row) for row in _rows(connection, "events_by_id", {"ids": list(ids)})}


def find_event(connection: Connection, name: str) -> UUID | None:
    """
    The event that a person means: its id, the beginning of it (8 or more digits), or an agency's id
    ("us7000abcd", "usgs/us7000abcd"). None when there is none. Raises `RecordError` when two begin so.
    """
    by_id = _by_prefix(connection, name)
    if by_id is not None:
        return by_id
    agency, slash, rest = name.partition("/")
    for id, of in ((name, None), *(((rest, agency),) if slash else ())):
        rows = _rows(connection, "event_of_alias", {"id": id, "agency": of})
        if rows:
            return UUID(str(rows[0]["event_id"]))
    return None


def story(
    connection: Connection, event_id: UUID, *, window: SpaceTime = SEQUENCE_WINDOW
) -> EventStory | None:
    """
    An event with its reports, decisions, links, measurements and surroundings; None when unknown.

    `window` says how near in place and time another earthquake is of the same sequence.
    """
    event = events_by_id(connection, [event_id]).get(event_id)
    if event is None:
        return None
    key = {"id": event_id}
    decisions = _rows(connection, "decisions", key | {"limit": DECISIONS})
    pairs = _rows(connection, "doubtful_of_event", key | {"limit": LINKS})
    survivor = _rows(connection, "survivor", key)[0]["id"]
    steps = _rows(connection, "history", key | {"limit": HISTORY})
    return EventStory(
        event=event,
        geometry=_rows(connection, "geometry", key)[0]["geometry"],
        survivor=None if survivor == event_id else survivor,
        absorbed=[row["id"] for row in _rows(connection, "absorbed", key)],
        reports=_reports(connection, event),
        decisions_total=decisions[0]["total"] if decisions else 0,
        decisions=[Decision(**_without(row, "total")) for row in decisions],
        doubtful=[_link(row) for row in pairs],
        doubtful_total=pairs[0]["total"] if pairs else 0,
        sequence=_sequence(connection, event, window),
        measurements=[EventMeasurement(**row) for row in _rows(connection, "measurements", key)],
        location=next((Location(**row) for row in _rows(connection, "location", key)), None),
        severity=next((SeverityScore(**row) for row in _rows(connection, "severity", key)), None),
        history=[Step(**row) for row in reversed(steps)],
    )


def changes(connection: Connection, after: int = 0, *, limit: int = 100) -> ChangePage:
    """The outbox after `after`, in order and gap-free, each row with the event as it is now."""
    rows = _rows(connection, "changes", {"after": after, "limit": limit})
    known = events_by_id(connection, list({row["event_id"] for row in rows}))
    found = [Change(**row, event=known.get(row["event_id"])) for row in rows]
    return ChangePage(changes=found, last=found[-1].seq if found else after, head=head(connection))


def head(connection: Connection) -> int:
    """The number of the newest change; 0 when there is none."""
    return int(_rows(connection, "head", {})[0]["head"])


def doubtful(connection: Connection, *, limit: int = 100, cursor: str = "") -> LinkPage:
    """Pairs for a person to decide: just outside the rules, in different events, not decided yet."""
    after = paging.parts_of(cursor, 4) if cursor else ("", "", "", "")
    names = ("after_a_agency", "after_a_id", "after_b_agency", "after_b_id")
    rows = _rows(connection, "doubtful", dict(zip(names, after, strict=True)) | {"limit": limit + 1})
    found = [_link(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return LinkPage(found)
    last = found[-1]
    return LinkPage(found, paging.cursor(last.a.agency, last.a.id, last.b.agency, last.b.id))


def source_states(connection: Connection) -> dict[str, SourceState]:
    """What is known of each source that was ever polled or has sent a payload, by id."""
    return {row["source"]: SourceState(**row) for row in _rows(connection, "source_states", {})}


def poll_states(connection: Connection) -> dict[str, SourceState]:
    """What the polls of each source met, without counting its payloads: cheap enough for a health check."""
    return {row["source"]: SourceState(**row) for row in _rows(connection, "poll_states", {})}


def totals(connection: Connection) -> list[Row]:
    """Per source, what became of everything it sent: the columns of `ingests`, summed."""
    return _rows(connection, "totals", {})


def quarantine(
    connection: Connection, sources: Sequence[str] = (), *, limit: int = 100, cursor: str = ""
) -> QuarantinePage:
    """Records that could not be read, those of the newest payload first."""
    at, payload, n = _quarantine_cursor(cursor)
    rows = _rows(
        connection,
        "quarantine",
        {"sources": _or_null(sources), "after_at": at, "after_id": payload, "after_n": n, "limit": limit + 1},
    )
    found = [
        Quarantined(**{**row, "fragment": row["fragment"].decode("utf-8", "replace")}) for row in rows[:limit]
    ]
    if len(rows) <= limit:
        return QuarantinePage(found)
    last = found[-1]
    return QuarantinePage(
        found, paging.cursor(last.fetched_at.isoformat(), str(last.payload_id), str(last.n))
    )


def _reports(connection: Connection, event: Event) -> list[Report]:
    versions: dict[tuple[str, str], list[Version]] = {}
    for row in _rows(connection, "versions", {"id": event.id, "limit": VERSIONS}):
        key = row.pop("agency"), row.pop("canonical_id")
        versions.setdefault(key, []).append(Version(**row))
    return [
        Report(
            **row,
            distance_km=_apart(event, row),
            dt_s=(row["onset"] - event.onset).total_seconds(),
            versions=versions.get((row["agency"], row["canonical_id"]), []),
        )
        for row in _rows(connection, "reports", {"id": event.id})
    ]


def _sequence(connection: Connection, event: Event, window: SpaceTime) -> list[Neighbour]:
    if event.event_type != EventType.EARTHQUAKE.value:
        return []
    limits = {
        "earth_radius_km": EARTH_RADIUS_KM,
        "radius_km": window.spatial_radius_km,
        "window": timedelta(hours=window.temporal_window_hours),
        "limit": LINKS,
    }
    return [Neighbour(**row) for row in _rows(connection, "sequence", {"id": event.id} | limits)]


def _apart(event: Event, row: Row) -> float | None:
    if event.lon is None or event.lat is None or row["lon"] is None or row["lat"] is None:
        return None
    return distance_km(event.lon, event.lat, row["lon"], row["lat"])


def _link(row: Row) -> Link:
    return Link(
        a=_end(row, "a"),
        b=_end(row, "b"),
        **{name: row[name] for name in ("distance_km", "dt_s", "dmag", "score", "reason")},
    )


def _end(row: Row, side: str) -> LinkEnd:
    names = "agency id event_id event_type title onset lon lat depth_km magnitude".split()
    return LinkEnd(**{name: row[f"{side}_{name}"] for name in names})


def _parameters(filters: Filters) -> Row:
    west, south, east, north = filters.bbox or (None, None, None, None)
    given = asdict(replace(filters, bbox=None))
    for name in ("types", "alerts", "agencies", "sources"):
        given[name] = _or_null(given[name])
    given["states"] = list(filters.states)
    given["text"] = filters.text
    given["pattern"] = containing(filters.text)
    return given | {"west": west, "south": south, "east": east, "north": north}


def _or_null(values: Sequence[str]) -> list[str] | None:
    return list(values) or None


def _by_prefix(connection: Connection, name: str) -> UUID | None:
    """The event whose id begins so; None where that is no beginning of an id, or nobody's."""
    digits = name.replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{8,32}", digits):
        return None
    low, high = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    rows = _rows(connection, "ids_starting_with", {"low": low, "high": high})
    if len(rows) > 1:
        raise RecordError("id", name, "more digits: several events begin so")
    return rows[0]["id"] if rows else None


def _event_cursor(cursor: str) -> tuple[datetime | None, UUID | None]:
    if not cursor:
        return None, None
    onset, event_id = paging.parts_of(cursor, 2)
    try:
        return paging.time_of(onset), UUID(event_id)
    except ValueError as error:
        raise paging.no_cursor(cursor) from error


def _quarantine_cursor(cursor: str) -> tuple[datetime | None, UUID | None, int | None]:
    if not cursor:
        return None, None, None
    at, payload, n = paging.parts_of(cursor, 3)
    try:
        return paging.time_of(at), UUID(payload), int(n) & 0x7FFFFFFF
    except ValueError as error:
        raise paging.no_cursor(cursor) from error


def _without(row: Row, name: str) -> Row:
    return {key: value for key, value in row.items() if key != name}


def _rows(connection: Connection, name: str, parameters: Mapping[str, Any]) -> list[Row]:
    """
    Run a named statement.

    Unprepared: the filters that are null then fold away, and the plan is made for those that are given.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_statements()[name], parameters, prepare=False)
        return cursor.fetchall()


@cache
def _statements() -> dict[str, bytes]:
    """The statements of `query.sql` by the name that stands above each."""
    text = files(__package__).joinpath("query.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- (\w+) --$", text, flags=re.MULTILINE)[1:]
    return {name: body.encode() for name, body in zip(parts[::2], parts[1::2], strict=True)}
