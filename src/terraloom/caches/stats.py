"""The headline counts, from what is kept with every batch."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from terraloom.caches.store import SQL


def build(connection: Connection[Any], now: datetime) -> dict[str, Any]:
    """Counts of everything, of events by type, and of values by field."""
    with connection.cursor(row_factory=dict_row) as cursor:
        counts = cursor.execute(SQL["stats"], {"now": now}).fetchone()
    assert counts is not None, "counts always give a row"
    by_field = connection.execute(SQL["values_by_field"]).fetchall()
    return {
        **counts,
        "events_by_type": dict(connection.execute(SQL["events_by_type"]).fetchall()),
        "fields": [{"field": field, "values": n, "series": series} for field, n, series in by_field],
    }
