"""Stored events in, severity scores out: what the consumer `severity` does with a batch of changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from psycopg import Connection
from psycopg.rows import dict_row

from terraloom.hazards.cyclone import knots
from terraloom.hazards.population import Population
from terraloom.hazards.scoring import score_many
from terraloom.hazards.severity import Event
from terraloom.records import Severity

# Of several feeds' values of one measurement the newest counts; jsonb keeps the last of equal keys. A feed's
# older values are left out: wind radii of a storm that has weakened are no longer stated, and no longer true.
# Earthquakes, by far the most, are scored without any.
READ = """
SELECT e.id, e.changed_seq, e.event_type, e.lon, e.lat, e.depth_km, e.magnitude, e.magnitude_type,
       e.severity_level, coalesce(l.country, '') AS country,
       coalesce(m.found, '{}'::jsonb) AS measurements
FROM unnest(%s::uuid[]) AS changed (id)
JOIN disaster_events e ON e.id = changed.id
LEFT JOIN location_data l ON l.event_id = e.id
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(name, jsonb_build_array(value, unit) ORDER BY at, source, canonical_id) AS found
    FROM (
        SELECT *, max(at) OVER (PARTITION BY agency, canonical_id, source) AS newest
        FROM event_measurements WHERE event_id = e.id
    ) stated
    WHERE at = newest AND e.event_type <> 'EQ'
) m ON true
WHERE e.state = 'current'
ORDER BY e.id
"""
WRITE = """
INSERT INTO severity_scores
    (event_id, changed_seq, score, alert, alert_probabilities, exposure, method, explanation)
SELECT event_id, changed_seq, score, alert, alert_probabilities, exposure, method, explanation
FROM jsonb_to_recordset(%s::jsonb) AS new (
    event_id uuid, changed_seq bigint, score float8, alert text, alert_probabilities jsonb, exposure jsonb,
    method text, explanation text
)
ON CONFLICT (event_id) DO UPDATE SET
    changed_seq = excluded.changed_seq, score = excluded.score, alert = excluded.alert,
    alert_probabilities = excluded.alert_probabilities, exposure = excluded.exposure,
    method = excluded.method, explanation = excluded.explanation
"""
FORGET = """
DELETE FROM severity_scores s USING disaster_events e
WHERE s.event_id = ANY(%s) AND e.id = s.event_id AND e.state <> 'current'
"""


def store_scores(
    connection: Connection[Any], events: Sequence[UUID], last: int, *, population: Population
) -> None:
    """Score these events as they are now; those that are merged or retracted lose their score."""
    scores = score_many(read_events(connection, events), population)
    connection.execute(FORGET, [list(events)])
    if scores:
        connection.execute(WRITE, [msgspec.json.encode(scores).decode()])


def read_events(connection: Connection[Any], events: Sequence[UUID]) -> list[Event]:
    """The current ones of these events, by id."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(READ, [list(events)]).fetchall()
    return [_event(row) for row in rows]


def _event(row: dict[str, Any]) -> Event:
    level, stated = row.pop("severity_level"), row.pop("measurements")
    measurements = {name: value for name, (value, _) in stated.items()}
    winds = [knots(v, unit) for name, (v, unit) in sorted(stated.items()) if _is_wind(name)]
    measurements |= {"max_wind_kt": max(w for w in winds if w is not None)} if any(winds) else {}
    return Event(**row, severity_level=Severity(level) if level else None, measurements=measurements)


def _is_wind(name: str) -> bool:
    """Whether a measurement is a storm's sustained wind, by the names that the feeds' parsers give it."""
    return name.startswith(("wind_speed", "max_wind", "maximum_wind")) and "gust" not in name
