"""What the raw and the normalized tier hold of reports, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec

from terraloom.db import bulk
from terraloom.hazards.outcome import Provenance
from terraloom.hazards.tables import NORMALIZED, RAW
from terraloom.records import HazardReport

KINDS = {**RAW.columns, **NORMALIZED.columns}
# Columns that are the report's own attributes, by the same name.
OWN = (
    "source agency source_event_id event_type title description url lon lat depth_km onset updated_at "
    "valid_until magnitude magnitude_type severity_level status keys also_ids fragment_hash fragment"
).split()

_encode = msgspec.json.Encoder().encode


def record_columns(reports: Sequence[HazardReport], cames: Sequence[Provenance]) -> dict[str, Sequence[Any]]:
    """All but the numbers and ids, which the caller gives."""
    columns: dict[str, Sequence[Any]] = {name: list(map(attrgetter(name), reports)) for name in OWN}
    return columns | {
        "payload_id": [came.payload_bytes for came in cames],
        "fetched_at": [came.fetched_at for came in cames],
        "priority": [came.priority for came in cames],
        "measurements": [bulk.jsonb(_encode(report.measurements)) for report in reports],
        "geometry": [bulk.jsonb(_encode(r.geometry)) if r.geometry else None for r in reports],
    }
