"""Caches say what the record holds, change only when it does, and follow late values."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import psycopg
import pytest
from msgspec import structs
from psycopg import Connection

from made import feature, usgs
from measuring import HEAT, LEVEL, SOURCE, put, value
from terraloom import caches
from terraloom.archive import record_many
from terraloom.caches import timeline
from terraloom.hazards.rules import Rules
from terraloom.ingest import apply, parse
from terraloom.records import Aggregate, Quality

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def connection(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection[Any]]:
    for room in ("timeline", "graph"):
        known = {metric.id: metric for metric in (HEAT, LEVEL)}
        monkeypatch.setattr(f"terraloom.caches.{room}.catalogue", lambda known=known: known)
    with psycopg.connect(database_url) as found:
        yield found


def report(connection: Connection[Any]) -> None:
    """One earthquake, reported by USGS."""
    told = usgs(feature())
    with connection.transaction():
        record_many(connection, [told], licences={})
        apply(connection, [parse(told)], Rules())


def body(connection: Connection[Any], name: str) -> Any:
    connection.commit()
    return json.loads(caches.load_all(connection, {})[name, "json"].body)


def test_a_day_of_a_metric_is_made_of_all_its_stations(connection: Connection[Any]) -> None:
    put(connection, [value(0, 10.0), value(60, 20.0), value(30, 60.0, station="made/b")])
    assert "timeline" in caches.refresh(connection, NOW)
    [line] = body(connection, "timeline")["lines"]
    assert (line["metric"], line["first"], line["values"], line["stations"]) == (
        "heat",
        "2026-03-01",
        [30.0],
        2,
    )


def test_a_value_of_the_year_1_or_9999_does_not_stretch_its_line(connection: Connection[Any]) -> None:
    far = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)]
    put(connection, [value(0, 10.0), *(structs.replace(value(0, 1.0), time=at) for at in far)])
    caches.refresh(connection, NOW)
    [line] = body(connection, "timeline")["lines"]
    assert (line["first"], line["values"]) == ("2026-03-01", [10.0])


def test_a_late_value_and_a_withdrawn_one_change_their_days(connection: Connection[Any]) -> None:
    put(connection, [value(0, 10.0), value(2 * 1440, 30.0)], fetched=0)
    caches.refresh(connection, NOW)
    put(connection, [value(5, 20.0), value(2 * 1440, None, quality=Quality.WITHDRAWN)], fetched=9)
    caches.refresh(connection, NOW)
    assert body(connection, "timeline")["lines"][0]["values"] == [15.0]


def test_nothing_new_changes_nothing(connection: Connection[Any]) -> None:
    put(connection, [value(0, 10.0)])
    report(connection)
    assert set(caches.refresh(connection, NOW)) == set(caches.NAMES)
    before = caches.load_all(connection, {})
    connection.commit()
    assert caches.refresh(connection, NOW) == []
    assert caches.load_all(connection, {})["stats", "json"].etag == before["stats", "json"].etag


def test_stats_count_what_there_is(connection: Connection[Any]) -> None:
    put(connection, [value(0, 10.0), value(0, 500.0, station="made/b", quality=Quality.OUT_OF_RANGE)])
    report(connection)
    caches.refresh(connection, NOW)
    found = body(connection, "stats")
    assert (found["observations"], found["flagged"], found["series"], found["events"]) == (2, 1, 2, 1)
    assert found["events_by_type"] == {"EQ": 1}


def test_a_day_that_has_lost_its_last_value_leaves_the_timeline(connection: Connection[Any]) -> None:
    put(connection, [value(0, 10.0), value(1440, 20.0)], fetched=0)
    caches.refresh(connection, NOW)
    put(connection, [value(1440, None, quality=Quality.WITHDRAWN)], fetched=1)
    assert "timeline" in caches.refresh(connection, NOW)
    assert body(connection, "timeline")["lines"][0]["values"] == [10.0]


def test_a_refresh_that_was_broken_off_is_made_up_for(
    connection: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(connection, [value(0, 10.0)])
    with monkeypatch.context() as broken:
        broken.setattr("terraloom.caches.timeline.as_parquet", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            caches.refresh(connection, NOW)
    assert "timeline" in caches.refresh(connection, NOW)
    assert body(connection, "timeline")["lines"][0]["values"] == [10.0]


def test_a_metric_that_is_declared_anew_is_summed_up_anew(
    connection: Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(connection, [value(0, 10.0), value(60, 20.0)])
    caches.refresh(connection, NOW)
    newer = structs.replace(HEAT, aggregate=Aggregate.MAX, title="Greatest heat")
    for room in ("caches.timeline", "caches.graph", "observations.catalogue"):
        monkeypatch.setattr(f"terraloom.{room}.catalogue", lambda: {"heat": newer})
    caches.refresh(connection, NOW)
    [line] = body(connection, "timeline")["lines"]
    assert (line["title"], line["values"]) == ("Greatest heat", [20.0])
    assert connection.execute("SELECT title FROM metrics WHERE id = 'heat'").fetchone() == ("Greatest heat",)


def test_parquet_holds_the_same_days(connection: Connection[Any]) -> None:
    put(connection, [value(n * 1440, float(n)) for n in range(5)])
    caches.refresh(connection, NOW)
    connection.commit()
    frame = pl.read_parquet(io.BytesIO(caches.load_all(connection, {})["timeline", "parquet"].body))
    assert frame["value"].to_list() == body(connection, "timeline")["lines"][0]["values"]


def test_the_graph_joins_metrics_to_their_stations(connection: Connection[Any]) -> None:
    put(connection, [value(0, 10.0)])
    caches.refresh(connection, NOW)
    found = body(connection, "graph")
    assert {"from": "metric:heat", "to": "station:made/a", "kind": "measured at"} in found["edges"]
    assert {node["kind"] for node in found["nodes"]} == {"source", "metric", "station"}
    assert found["left_out"] == {"stations": 0, "events": 0}


def test_a_cut_holds_the_days_asked_for() -> None:
    line = timeline.Line(
        metric="heat", title="Heat", unit="Cel", field="test", aggregate="mean",
        first=date(2026, 3, 1), values=[1.0, None, 3.0, 4.0], stations=1,
    )  # fmt: skip
    whole = timeline.Timeline([line])
    found = timeline.cut(whole, since=date(2026, 3, 2), until=date(2026, 3, 4), metrics=set())
    assert [(one.first, one.values) for one in found.lines] == [(date(2026, 3, 2), [None, 3.0])]
    assert not timeline.cut(whole, since=date(2027, 1, 1), until=None, metrics=set()).lines
    assert not timeline.cut(whole, since=None, until=None, metrics={"level"}).lines


def test_sources_tell_their_days(connection: Connection[Any]) -> None:
    put(connection, [value(0, 10.0), value(1, 11.0)], fetched=NOW)
    row = connection.execute("SELECT day, payloads, records, observed FROM source_days").fetchone()
    assert row == (NOW.date(), 1, 2, 2)
    assert SOURCE.id == "made-values"
