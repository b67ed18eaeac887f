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
    """Write everything that there is of strangers."""
    if not strangers:
        return
    reports = [one.report for one in strangers]
    records = _records(strangers, reports)
    ahead.insert(RAW, records)
    ahead.insert(NORMALIZED, records)
    event_id = _ids(("event", r.agency, r.source_event_id) for r in reports)
    changed_seq = pa.array([one.changed_seq for one in strangers], bulk.BIGINT)
    shared = records | {"event_id": event_id, "record_id": records["id"], "changed_seq": changed_seq}
    ahead.insert(NODES, shared | _node(reports))
    ahead.insert(ALIASES, _aliases(reports))
    ahead.insert(EVENTS, shared | _event(shared))
    ahead.insert(DECISIONS, shared | _decision(len(reports)))
    change = bulk.repeated(OUTBOX, len(reports), change="created")
    ahead.insert(OUTBOX, shared | change | {"seq": changed_seq, "at": records["fetched_at"]})
    near = nearby_columns(records["lon"].to_numpy(), records["lat"].to_numpy(), population)
    ahead.insert(PLACES, near | {"event_id": event_id})


def _records(strangers: Sequence[Stranger], reports: Sequence[HazardReport]) -> Columns:
    columns = record_columns(reports, [one.came for one in strangers])
    columns |= {"seq": [one.seq for one in strangers], "canonical_id": columns["source_event_id"]}
    ids = {"id": _ids(map(record_name, reports))}
    return bulk.arrays(KINDS, columns) | ids | bulk.repeated(NORMALIZED, len(reports), superseded=False)


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
    rows = len(shared["id"])
    alone = pa.ListArray.from_arrays(pa.array(range(rows + 1), pa.int32()), shared["agency"])
    own = {"id": shared["event_id"], "founded_seq": shared["seq"], "agencies": alone}
    return own | bulk.repeated(EVENTS, rows, state="current", reports=1)


def _decision(rows: int) -> Columns:
    unmatched = dict.fromkeys(("distance_km", "dt_s", "dmag", "score"))
    return bulk.repeated(
        DECISIONS, rows, action="create", rule="new", candidate="", reason=ALONE, **unmatched
    )


def _ids(names: Iterable[tuple[str, ...]]) -> pa.Array:
    return pa.array([derived_bytes(*name) for name in names], bulk.UUID)
