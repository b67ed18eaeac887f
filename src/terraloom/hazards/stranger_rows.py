"""Strangers' rows of all tables, column by column: what a table holds of them, the report says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from terraloom.db import bulk
from terraloom.hazards.announcing import ALONE
from terraloom.hazards.outcome import Stranger, record_name
from terraloom.hazards.population import Population, nearby_columns
from terraloom.hazards.record_columns import KINDS, record_columns
from terraloom.hazards.tables import ALIASES, DECISIONS, EVENTS, NODES, NORMALIZED, OUTBOX, PLACES, RAW
from terraloom.records import HazardReport, derived_bytes

Columns = dict[str, pa.Array]


def insert(ahead: bulk.Ahead, strangers: Sequence[Stranger], population: Population | None) -> None:
    """Write everything that there is of strangers: first what is soon made, so that the server begins."""
    if not strangers:
        return
    reports = [one.report for one in strangers]
    ahead.insert(ALIASES, _aliases(reports))
    shared = _shared(strangers, reports)
    ahead.insert(NODES, shared | _node(reports))
    ahead.insert(EVENTS, shared | _event(shared))
    record_id = derived_ids(map(record_name, reports))
    record = shared | {"id": record_id} | bulk.repeated(NORMALIZED, len(reports), superseded=False)
    ahead.insert(RAW, record)
    ahead.insert(NORMALIZED, record)
    shared["record_id"] = record_id
    ahead.insert(DECISIONS, shared | _decision(len(reports)))
    change = bulk.repeated(OUTBOX, len(reports), change="created")
    ahead.insert(OUTBOX, shared | change | {"seq": shared["changed_seq"], "at": shared["fetched_at"]})
    near = nearby_columns(shared["lon"].to_numpy(), shared["lat"].to_numpy(), population)
    ahead.insert(PLACES, near | {"event_id": shared["event_id"]})


def _shared(strangers: Sequence[Stranger], reports: Sequence[HazardReport]) -> Columns:
    """Columns that several tables have, by the same name."""
    columns = record_columns(reports, [one.came for one in strangers])
    columns |= {"seq": [one.seq for one in strangers], "canonical_id": columns["source_event_id"]}
    event_id = derived_ids([("event", r.agency, r.source_event_id) for r in reports])
    changed_seq = pa.array([one.changed_seq for one in strangers], bulk.BIGINT)
    return bulk.arrays(KINDS, columns) | {"event_id": event_id, "changed_seq": changed_seq}


def _node(reports: Sequence[HazardReport]) -> Columns:
    stated = {
        "time_resolution_s": [report.time_resolution_s for report in reports],
        "position_error_km": [report.position_error_km for report in reports],
    }
    return bulk.arrays(NODES.columns, stated) | bulk.repeated(NODES, len(reports), retracted=False)


def _aliases(reports: Sequence[HazardReport]) -> dict[str, Sequence[object]]:
    rows = [(r.agency, r.source_event_id, r.source_event_id, True) for r in reports]
    rows += [
        (r.agency, other, r.source_event_id, False)
        for r in reports
        if r.also_ids
        for other in sorted({*r.also_ids} - {r.source_event_id})
    ]
    return bulk.columns_of(ALIASES.columns, rows)


def _event(shared: Columns) -> Columns:
    rows = len(shared["event_id"])
    alone = pa.ListArray.from_arrays(pa.array(range(rows + 1), pa.int32()), shared["agency"])
    own = {"id": shared["event_id"], "founded_seq": shared["seq"], "agencies": alone}
    return own | bulk.repeated(EVENTS, rows, state="current", reports=1)


def _decision(rows: int) -> Columns:
    unmatched = dict.fromkeys(("distance_km", "dt_s", "dmag", "score"))
    return bulk.repeated(
        DECISIONS, rows, action="create", rule="new", candidate="", reason=ALONE, **unmatched
    )


def derived_ids(names: Iterable[Sequence[str]]) -> pa.Array:
    return pa.array([derived_bytes(*name) for name in names], bulk.UUID)
