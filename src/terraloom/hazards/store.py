"""Write what a batch of reports changed, within the caller's transaction, which holds `lock`.

One batch is decided and written at a time, so that concurrent writers give the result of some serial order,
and `outbox.seq` grows in commit order without gaps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

from psycopg import Connection

from terraloom.db import bulk
from terraloom.hazards import events, stranger_rows
from terraloom.hazards.memory import Memory
from terraloom.hazards.nodes import Key, Node
from terraloom.hazards.outcome import Accepted, Change, Decision, Outcome
from terraloom.hazards.population import Population
from terraloom.hazards.record_columns import record_columns
from terraloom.hazards.tables import (
    ALIASES,
    ASSOCIATIONS,
    DECISIONS,
    DOUBTFUL,
    NODES,
    NORMALIZED,
    OUTBOX,
    RAW,
    TRACK_POINTS,
    split,
)

LOCK = "terraloom.hazards"
SQL = bulk.statements(files("terraloom.hazards").joinpath("store.sql").read_text())
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def lock(connection: Connection[Any]) -> None:
    """
    Wait for our turn to decide and write; held until the transaction ends.

    Statements from here on look a batch up by keys. Their plans must stay index scans whatever the tables'
    statistics say at the moment, so they are planned once, for any batch.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
    connection.execute("SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL jit = off")


def next_numbers(connection: Connection[Any]) -> tuple[int, int, int]:
    """The next `decisions.seq`, `outbox.seq` and `payloads.applied_seq`. Only under `lock`."""
    row = connection.execute(
        "SELECT (SELECT coalesce(max(seq), 0) + 1 FROM decisions), "
        "(SELECT coalesce(max(seq), 0) + 1 FROM outbox), "
        "(SELECT coalesce(max(applied_seq), 0) + 1 FROM payloads)"
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def write(
    connection: Connection[Any],
    outcome: Outcome,
    memory: Memory,
    *,
    population: Population | None = None,
) -> None:
    """Write a decided batch."""
    if outcome.superseded:
        connection.execute(SQL["supersede"], {"superseded": outcome.superseded}, prepare=True)
    _absorb(connection, outcome)
    with bulk.Ahead(connection) as ahead:
        stranger_rows.insert(ahead, outcome.strangers, population)
        _insert_records(ahead, outcome, memory)
        _insert_nodes(ahead, outcome)
        changed = _insert_outbox(ahead, outcome.changes)
        first = events.insert_first(ahead, outcome, memory, changed, population)
        _insert_decisions(ahead, outcome.decisions)
    _update_nodes(connection, outcome, memory)
    _write_doubtful(connection, outcome, memory)
    _write_associations(connection, outcome)
    rest = [event_id for event_id in changed if event_id not in first]
    events.refresh(connection, outcome.merged, changed, rest, population)


def _absorb(connection: Connection[Any], outcome: Outcome) -> None:
    if not outcome.absorbed:
        return
    values = {
        "agency": [key[0] for key in outcome.absorbed],
        "younger": [key[1] for key in outcome.absorbed],
        "older": [_last(outcome.absorbed, key) for key in outcome.absorbed],
    }
    for name in ("associations", "aliases", "records", "tracks", "nodes"):
        connection.execute(SQL[f"absorb_{name}"], values)


def _last(absorbed: Mapping[Key, str], key: Key) -> str:
    """The canonical id at the end of a chain of absorptions."""
    canonical = absorbed[key]
    while (key[0], canonical) in absorbed:
        canonical = absorbed[key[0], canonical]
    return canonical


def _insert_records(ahead: bulk.Ahead, outcome: Outcome, memory: Memory) -> None:
    accepted, gone = outcome.accepted, set(outcome.superseded)
    columns = record_columns([one.report for one in accepted], [one.came for one in accepted])
    columns |= {
        "id": [one.record_id.bytes for one in accepted],
        "seq": [one.seq for one in accepted],
        "canonical_id": [_settled(one, outcome, memory).canonical_id for one in accepted],
        "superseded": [one.record_id in gone for one in accepted],
    }
    ahead.insert(RAW, columns)
    ahead.insert(NORMALIZED, columns)


def _insert_nodes(ahead: bulk.Ahead, outcome: Outcome) -> None:
    new = [_node_row(node) for node in outcome.dirty.values() if node.seq >= outcome.first_seq]
    ahead.insert(NODES, bulk.columns_of(NODES.columns, new))
    fresh = [(*key, *outcome.aliases[key]) for key in outcome.fresh_aliases]
    ahead.insert(ALIASES, bulk.columns_of(ALIASES.columns, fresh))


def _update_nodes(connection: Connection[Any], outcome: Outcome, memory: Memory) -> None:
    known = [(*key, *at) for key, at in outcome.aliases.items() if key not in outcome.fresh_aliases]
    bulk.upsert(connection, ALIASES, bulk.columns_of(ALIASES.columns, known))
    old = [_node_row(node) for node in outcome.dirty.values() if node.seq < outcome.first_seq]
    bulk.upsert(connection, NODES, bulk.columns_of(NODES.columns, old))
    points = [
        (*key, _when(at), *memory.nodes[key].track.fixes[at])  # type: ignore[union-attr]  # only tracks are asked
        for key, at in sorted(_new_fixes(outcome, memory))
    ]
    bulk.upsert(connection, TRACK_POINTS, bulk.columns_of(TRACK_POINTS.columns, points))


def _new_fixes(outcome: Outcome, memory: Memory) -> set[tuple[Key, float]]:
    """The fixes that the batch brought; all of a storm that took another one over."""
    fixes = set()
    for one in outcome.accepted:
        node = _settled(one, outcome, memory)
        at = one.report.onset.timestamp()
        if node.track is not None and at in node.track.fixes:
            fixes.add((node.key, at))
    for key in outcome.absorbed:
        older = memory.nodes[key[0], _last(outcome.absorbed, key)]
        if older.track is not None:
            fixes |= {(older.key, at) for at in older.track.fixes}
    return fixes


def _settled(one: Accepted, outcome: Outcome, memory: Memory) -> Node:
    """The node that a report ended at: its own, or the one that took that over later in the batch."""
    key = one.node.key
    return memory.nodes[key[0], _last(outcome.absorbed, key)] if key in outcome.absorbed else one.node


def _node_row(node: Node) -> tuple[Any, ...]:
    assert node.event_id is not None
    return (
        node.agency,
        node.canonical_id,
        node.event_id.bytes,
        node.event_type.value,
        node.seq,
        _when(node.onset),
        node.lon,
        node.lat,
        node.depth_km,
        node.magnitude,
        node.time_resolution_s,
        node.position_error_km,
        node.retracted,
        sorted(node.keys),
        _when(node.updated_at),
    )


def _when(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def _write_doubtful(connection: Connection[Any], outcome: Outcome, memory: Memory) -> None:
    touched = outcome.regrouped | set(outcome.absorbed)
    if not memory.was_doubtful:
        return
    connection.execute(SQL["forget_doubtful"], split(touched), prepare=True)
    rows = [
        (*a, *b, pair.distance_km, pair.dt_s, pair.dmag, pair.score, why)
        for (a, b), (pair, why) in memory.doubtful.items()
        if a in touched or b in touched
    ]
    bulk.insert(connection, DOUBTFUL, bulk.columns_of(DOUBTFUL.columns, rows))


def _write_associations(connection: Connection[Any], outcome: Outcome) -> None:
    rows = {
        (a, b): (*a, *b, said.same, said.operator, said.reason, came.fetched_at, came.payload_id.bytes)
        for a, b, said, came in outcome.associations
    }
    bulk.upsert(connection, ASSOCIATIONS, bulk.columns_of(ASSOCIATIONS.columns, rows.values()))


def _insert_decisions(ahead: bulk.Ahead, decisions: Sequence[Decision]) -> None:
    rows = [
        (
            d.seq,
            d.record_id.bytes if d.record_id else None,
            d.payload_id.bytes,
            d.agency,
            d.canonical_id,
            d.event_id.bytes,
            *(d.action, d.rule, d.candidate, d.distance_km, d.dt_s, d.dmag, d.score, d.reason),
        )
        for d in decisions
    ]
    ahead.insert(DECISIONS, bulk.columns_of(DECISIONS.columns, rows))


def _insert_outbox(ahead: bulk.Ahead, changes: Sequence[Change]) -> dict[UUID, tuple[int, datetime]]:
    """Returns the newest outbox row of each changed event: its number and time."""
    rows = [
        (c.seq, c.event_id.bytes, c.change, c.record_id.bytes if c.record_id else None, c.at) for c in changes
    ]
    ahead.insert(OUTBOX, bulk.columns_of(OUTBOX.columns, rows))
    return {c.event_id: (c.seq, c.at) for c in changes}
