"""What each source is, and what it brought day by day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from terraloom.caches.store import SQL
from terraloom.records import Observation
from terraloom.sources import Source, registry

DAYS = 30


def build(connection: Connection[Any], now: datetime) -> list[dict[str, Any]]:
    """Every registered source with its totals, and the past `DAYS` days of those that brought something."""
    days = days_of_sources(connection, now)
    with connection.cursor(row_factory=dict_row) as cursor:
        totals = {row.pop("source"): row for row in cursor.execute(SQL["source_totals"]).fetchall()}
    return [
        {**_described(source), "totals": totals.get(source_id), "days": days.get(source_id, [])}
        for source_id, source in registry().items()
    ]


def days_of_sources(connection: Connection[Any], now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The past `DAYS` days, up to today, of each source that brought something then."""
    found: dict[str, list[dict[str, Any]]] = {}
    since = now.date() - timedelta(days=DAYS)
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(SQL["source_days"], {"since": since}).fetchall():
            found.setdefault(row.pop("source"), []).append(row)
    return found


def _described(source: Source) -> dict[str, Any]:
    info = source.info
    return {
        "source": info.id,
        "title": info.title,
        "provider": info.provider,
        "agency": info.agency,
        "url": info.url,
        "homepage": info.homepage,
        "licence": info.licence,
        "citation": info.citation,
        "every": info.every,
        "enabled": info.enabled,
        "emits": "observations" if info.emits is Observation else "hazards",
        "metrics": [metric.id for metric in info.metrics],
    }
