"""The tables of a hazard as bulk writing sees them (schema: db/migrations/versions/0001_hazards.py)."""

from __future__ import annotations

from collections.abc import Iterable

from terraloom.db import bulk
from terraloom.db.bulk import Table
from terraloom.hazards.nodes import Key

RAW = Table(
    "raw_event_records",
    {
        "id": bulk.UUID,
        "payload_id": bulk.UUID,
        "source": bulk.TEXT,
        "agency": bulk.TEXT,
        "source_event_id": bulk.TEXT,
        "fragment_hash": bulk.TEXT,
        "fragment": bulk.BYTEA,
    },
)
NORMALIZED = Table(
    "normalized_event_records",
    {
        "id": bulk.UUID,
        "seq": bulk.BIGINT,
        "source": bulk.TEXT,
        "agency": bulk.TEXT,
        "canonical_id": bulk.TEXT,
        "source_event_id": bulk.TEXT,
        "event_type": bulk.TEXT,
        "title": bulk.TEXT,
        "description": bulk.TEXT,
        "url": bulk.TEXT,
        "lon": bulk.FLOAT,
        "lat": bulk.FLOAT,
        "depth_km": bulk.FLOAT,
        "onset": bulk.TIMESTAMPTZ,
        "updated_at": bulk.TIMESTAMPTZ,
        "valid_until": bulk.TIMESTAMPTZ,
        "magnitude": bulk.FLOAT,
        "magnitude_type": bulk.TEXT,
        "severity_level": bulk.TEXT,
        "status": bulk.TEXT,
        "keys": bulk.TEXT_ARRAY,
        "also_ids": bulk.TEXT_ARRAY,
        "measurements": bulk.JSONB,
        "geometry": bulk.JSONB,
        "fetched_at": bulk.TIMESTAMPTZ,
        "fragment_hash": bulk.TEXT,
        "priority": bulk.SMALLINT,
        "superseded": bulk.BOOLEAN,
    },
)
NODES = Table(
    "source_events",
    {
        "agency": bulk.TEXT,
        "canonical_id": bulk.TEXT,
        "event_id": bulk.UUID,
        "event_type": bulk.TEXT,
        "seq": bulk.BIGINT,
        "onset": bulk.TIMESTAMPTZ,
        "lon": bulk.FLOAT,
        "lat": bulk.FLOAT,
        "depth_km": bulk.FLOAT,
        "magnitude": bulk.FLOAT,
        "time_resolution_s": bulk.FLOAT,
        "position_error_km": bulk.FLOAT,
        "retracted": bulk.BOOLEAN,
        "keys": bulk.TEXT_ARRAY,
        "updated_at": bulk.TIMESTAMPTZ,
    },
    key=("agency", "canonical_id"),
)
ALIASES = Table(
    "event_id_aliases",
    {"agency": bulk.TEXT, "id": bulk.TEXT, "canonical_id": bulk.TEXT, "main": bulk.BOOLEAN},
    key=("agency", "id"),
)
TRACK_POINTS = Table(
    "track_points",
    {
        "agency": bulk.TEXT,
        "canonical_id": bulk.TEXT,
        "at": bulk.TIMESTAMPTZ,
        "lon": bulk.FLOAT,
        "lat": bulk.FLOAT,
    },
    key=("agency", "canonical_id", "at"),
)
EVENTS = Table(
    "disaster_events",
    {
        "id": bulk.UUID,
        "founded_seq": bulk.BIGINT,
        "state": bulk.TEXT,
        "event_type": bulk.TEXT,
        "title": bulk.TEXT,
        "description": bulk.TEXT,
        "url": bulk.TEXT,
        "lon": bulk.FLOAT,
        "lat": bulk.FLOAT,
        "depth_km": bulk.FLOAT,
        "onset": bulk.TIMESTAMPTZ,
        "updated_at": bulk.TIMESTAMPTZ,
        "valid_until": bulk.TIMESTAMPTZ,
        "magnitude": bulk.FLOAT,
        "magnitude_type": bulk.TEXT,
        "severity_level": bulk.TEXT,
        "status": bulk.TEXT,
        "agencies": bulk.TEXT_ARRAY,
        "reports": bulk.INTEGER,
        "geometry": bulk.JSONB,
        "changed_seq": bulk.BIGINT,
    },
)
DECISIONS = Table(
    "decisions",
    {
        "seq": bulk.BIGINT,
        "record_id": bulk.UUID,
        "payload_id": bulk.UUID,
        "agency": bulk.TEXT,
        "canonical_id": bulk.TEXT,
        "event_id": bulk.UUID,
        "action": bulk.TEXT,
        "rule": bulk.TEXT,
        "candidate": bulk.TEXT,
        "distance_km": bulk.FLOAT,
        "dt_s": bulk.FLOAT,
        "dmag": bulk.FLOAT,
        "score": bulk.FLOAT,
        "reason": bulk.TEXT,
    },
)
OUTBOX = Table(
    "outbox",
    {
        "seq": bulk.BIGINT,
        "event_id": bulk.UUID,
        "change": bulk.TEXT,
        "record_id": bulk.UUID,
        "at": bulk.TIMESTAMPTZ,
    },
)
DOUBTFUL = Table(
    "doubtful_pairs",
    {
        "a_agency": bulk.TEXT,
        "a_id": bulk.TEXT,
        "b_agency": bulk.TEXT,
        "b_id": bulk.TEXT,
        "distance_km": bulk.FLOAT,
        "dt_s": bulk.FLOAT,
        "dmag": bulk.FLOAT,
        "score": bulk.FLOAT,
        "reason": bulk.TEXT,
    },
)
PLACES = Table(
    "location_data",
    {
        "event_id": bulk.UUID,
        "lon": bulk.FLOAT,
        "lat": bulk.FLOAT,
        "place": bulk.TEXT,
        "country": bulk.TEXT,
        "distance_km": bulk.FLOAT,
        "bearing": bulk.TEXT,
        "population_10km": bulk.FLOAT,
        "population_50km": bulk.FLOAT,
        "population_100km": bulk.FLOAT,
        "method": bulk.TEXT,
    },
    key=("event_id",),
)
ASSOCIATIONS = Table(
    "associations",
    {
        "a_agency": bulk.TEXT,
        "a_id": bulk.TEXT,
        "b_agency": bulk.TEXT,
        "b_id": bulk.TEXT,
        "same": bulk.BOOLEAN,
        "operator": bulk.TEXT,
        "reason": bulk.TEXT,
        "at": bulk.TIMESTAMPTZ,
        "payload_id": bulk.UUID,
    },
    key=("a_agency", "a_id", "b_agency", "b_id"),
)


def split(keys: Iterable[Key]) -> dict[str, str]:
    """Keys as the parameters `agency` and `id` of a query: two arrays of text, in step."""
    ordered = sorted(keys)
    return {
        "agency": bulk.text_array([agency for agency, _ in ordered]),
        "id": bulk.text_array([identifier for _, identifier in ordered]),
    }
