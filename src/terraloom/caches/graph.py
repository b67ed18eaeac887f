"""The graph of what there is: sources observe metrics at stations, and report events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from terraloom.caches.store import SQL
from terraloom.observations.catalogue import catalogue
from terraloom.sources import registry

STATIONS_OF_METRIC = 25  # those with most values; the node of the metric says how many there are
EVENTS = 300  # the newest

Node = dict[str, Any]
Edge = dict[str, str]


def build(connection: Connection[Any], now: datetime) -> dict[str, Any]:
    """Nodes and edges, in a defined order. Stations and events beyond the limits are counted, not listed."""
    series = connection.execute(SQL["graph_series"]).fetchall()
    shown = list(_most_told(series))
    with connection.cursor(row_factory=dict_row) as cursor:
        ids = sorted({station for _, station, _, _ in shown})
        stations = cursor.execute(SQL["graph_stations"], {"ids": ids}).fetchall()
        events = cursor.execute(SQL["graph_events"], {"events": EVENTS}).fetchall()
    count: dict[str, int] = {}
    for metric, *_ in series:
        count[metric] = count.get(metric, 0) + 1
    [current] = connection.execute(SQL["current_events"]).fetchone() or [0]
    return {
        "nodes": [*_sources(), *_metrics(count), *map(_station, stations), *map(_event, events)],
        "edges": [*_observes(shown), *_reports(events)],
        "left_out": {"stations": sum(count.values()) - len(shown), "events": current - len(events)},
    }


def _most_told(series: Iterable[tuple[str, str, str, int]]) -> Iterator[tuple[str, str, str, int]]:
    seen: dict[str, int] = {}
    for row in series:  # by metric, those with most values first
        seen[row[0]] = seen.get(row[0], 0) + 1
        if seen[row[0]] <= STATIONS_OF_METRIC:
            yield row


def _sources() -> Iterator[Node]:
    for source in registry().values():
        info = source.info
        yield {"id": f"source:{info.id}", "kind": "source", "title": info.title, "provider": info.provider}


def _metrics(count: dict[str, int]) -> Iterator[Node]:
    for metric in catalogue().values():
        yield {
            "id": f"metric:{metric.id}",
            "kind": "metric",
            "title": metric.title,
            "unit": metric.unit,
            "field": metric.field,
            "stations": count.get(metric.id, 0),
        }


def _station(row: dict[str, Any]) -> Node:
    return {
        "id": f"station:{row['id']}",
        "kind": "station",
        "title": row["title"] or row["id"],
        "lon": row["lon"],
        "lat": row["lat"],
    }


def _event(row: dict[str, Any]) -> Node:
    kept = ("event_type", "title", "onset", "lon", "lat", "severity_level")
    return {"id": f"event:{row['id']}", "kind": "event", **{name: row[name] for name in kept}}


def _observes(shown: Iterable[tuple[str, str, str, int]]) -> Iterator[Edge]:
    pairs = {
        (f"source:{source.info.id}", f"metric:{metric.id}")
        for source in registry().values()
        for metric in source.info.metrics
    }
    for source_id, metric_id in sorted(pairs):
        yield {"from": source_id, "to": metric_id, "kind": "observes"}
    for metric, station, _, _ in shown:
        yield {"from": f"metric:{metric}", "to": f"station:{station}", "kind": "measured at"}


def _reports(events: Iterable[dict[str, Any]]) -> Iterator[Edge]:
    for row in events:
        for source in row["sources"]:
            yield {"from": f"source:{source}", "to": f"event:{row['id']}", "kind": "reports"}
