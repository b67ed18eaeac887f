"""What an event shows, and the people near it, after a batch changed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

import msgspec
from psycopg import Connection

from terraloom.db import bulk
from terraloom.hazards.memory import Memory
from terraloom.hazards.outcome import Accepted, Outcome
from terraloom.hazards.population import Population, nearby
from terraloom.hazards.tables import EVENTS, PLACES
from terraloom.records import EventType

SQL = bulk.statements(files("terraloom.hazards").joinpath("events.sql").read_text())

Changed = Mapping[UUID, tuple[int, datetime]]
"""Events and the newest outbox row of each: its number and time."""
Place = tuple[UUID, float, float]
"""An event, longitude and latitude."""


def insert_first(
    ahead: bulk.Ahead, outcome: Outcome, memory: Memory, changed: Changed, population: Population | None
) -> set[UUID]:
    """Write the events that need no look at the database, and the people near them; returns which."""
    first = _first_reports(outcome, memory)
    rows = [_row(one, changed[event_id][0]) for event_id, one in first.items()]
    ahead.insert(EVENTS, bulk.columns_of(EVENTS.columns, rows))
    places = [
        (event_id, one.report.lon, one.report.lat)
        for event_id, one in first.items()
        if one.report.lon is not None and one.report.lat is not None
    ]
    ahead.insert(PLACES, bulk.columns_of(PLACES.columns, _place_rows(places, population)))
    return set(first)


def refresh(
    connection: Connection[Any],
    merged: Mapping[UUID, tuple[UUID, EventType]],
    changed: Changed,
    rest: Sequence[UUID],
    population: Population | None,
) -> None:
    """Bring all other events of a batch (`rest`) up to their reports, which are written already."""
    if not rest:
        return
    newest = {"event_id": rest, "changed_seq": [changed[event_id][0] for event_id in rest]}
    connection.execute(SQL["refresh_events"], newest, prepare=True)
    if merged:
        _merge(connection, changed, merged)
    moved = connection.execute(SQL["unplaced"], {"event_id": rest}, prepare=True).fetchall()
    bulk.upsert(connection, PLACES, bulk.columns_of(PLACES.columns, _place_rows(moved, population)))


def _first_reports(outcome: Outcome, memory: Memory) -> dict[UUID, Accepted]:
    """
    The events that the batch created and that hold one report: most of what ever comes in. They show what
    that report says, and need no question to the database.
    """
    spoken = Counter(one.node.key for one in outcome.accepted)
    grown = {(agency, canonical) for (agency, _), canonical in outcome.absorbed.items()}
    first = {}
    for one in outcome.accepted:
        node = one.node
        if node.seq != one.seq or spoken[node.key] > 1 or node.key in outcome.absorbed or node.key in grown:
            continue
        if node.event_id == node.own_event_id and len(memory.members[node.event_id]) == 1:
            first[node.event_id] = one
    return first


def _row(one: Accepted, changed_seq: int) -> tuple[Any, ...]:
    node, r = one.node, one.report
    level = r.severity_level.value if r.severity_level and not node.retracted else None
    return (
        node.own_event_id.bytes,
        node.seq,
        "retracted" if node.retracted else "current",
        *(r.event_type.value, r.title, r.description, r.url, r.lon, r.lat, r.depth_km),
        *(r.onset, r.updated_at, r.valid_until, r.magnitude, r.magnitude_type, level, r.status.value),
        (r.agency,),
        1,
        bulk.jsonb(msgspec.json.encode(r.geometry)) if r.geometry else None,
        changed_seq,
    )


def _merge(
    connection: Connection[Any], changed: Changed, merged: Mapping[UUID, tuple[UUID, EventType]]
) -> None:
    values = {
        "event_id": list(merged),
        "merged_into": [event_id for event_id, _ in merged.values()],
        "event_type": [event_type.value for _, event_type in merged.values()],
        "changed_seq": [changed[event_id][0] for event_id in merged],
        "at": [changed[event_id][1] for event_id in merged],
    }
    rows = connection.execute(SQL["merge_events"], values).fetchall()
    connection.execute(SQL["forget_places"], {"event_id": [row[0] for row in rows]})


def _place_rows(places: Sequence[Place], population: Population | None) -> list[tuple[Any, ...]]:
    ids, lons, lats = zip(*places, strict=True) if places else ((), (), ())
    found = nearby(lons, lats, population) if ids else []
    return [(i.bytes, *msgspec.structs.astuple(near)) for i, near in zip(ids, found, strict=True)]
