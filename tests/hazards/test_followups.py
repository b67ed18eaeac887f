"""Consumers of the outbox on a real PostgreSQL: everything once, by any number of processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection
from psycopg.types.json import Jsonb

from terraloom.errors import FetchError
from terraloom.hazards import followups, pager
from terraloom.hazards.outbox import CHANNEL, Consumer, catch_up, lag
from terraloom.hazards.population import gazetteer
from terraloom.runtime import Runtime

STORM = [("wind_speed_max", 185.2, "km/h"), ("wind_radius_34kt_ne", 100.0, "[nmi_i]")]


def change(
    connection: Connection[Any],
    seq: int,
    event: UUID,
    *,
    kind: str = "EQ",
    magnitude: float | None = 3.0,
    state: str = "current",
) -> None:
    """What ingestion leaves behind: the event as it is now, its USGS report, and a row in the outbox."""
    connection.execute(
        "INSERT INTO disaster_events (id, founded_seq, state, event_type, title, description, url, lon, lat, "
        "depth_km, onset, updated_at, magnitude, magnitude_type, status, agencies, reports, changed_seq) "
        "VALUES (%(id)s, %(seq)s, %(state)s, %(kind)s, 'An event', '', '', 28.0, 41.0, 10, now(), now(), "
        "%(mag)s, 'mw', 'automatic', '{usgs}', 1, %(seq)s) ON CONFLICT (id) DO UPDATE SET "
        "changed_seq = excluded.changed_seq, magnitude = excluded.magnitude, state = excluded.state",
        {"id": event, "seq": seq, "kind": kind, "mag": magnitude, "state": state},
    )
    connection.execute(
        "INSERT INTO source_events (agency, canonical_id, event_id, event_type, seq, onset, "
        "time_resolution_s, position_error_km, retracted, keys, updated_at) "
        "VALUES ('usgs', %s, %s, %s, %s, now(), 1, 1, false, '{}', now()) ON CONFLICT DO NOTHING",
        [f"us{event.hex[:8]}", event, kind, seq],
    )
    connection.execute(
        "INSERT INTO outbox (seq, event_id, change, at) VALUES (%s, %s, 'updated', now())", [seq, event]
    )


def scores(connection: Connection[Any]) -> dict[UUID, tuple[int, str]]:
    rows = connection.execute("SELECT event_id, changed_seq, alert FROM severity_scores").fetchall()
    return {event: (seq, alert) for event, seq, alert in rows}


def wait_for(done: Callable[[], bool], timeout_s: float = 15.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, "not done in time"
        time.sleep(0.02)


def test_every_changed_event_is_scored_and_a_retracted_one_loses_its_score(runtime: Runtime) -> None:
    small, strong, gone = uuid4(), uuid4(), uuid4()
    with runtime.pool.connection() as connection:
        change(connection, 1, small, magnitude=2.0)
        change(connection, 2, strong, magnitude=7.4)
        change(connection, 3, gone)
    followups.score_all(runtime)
    with runtime.pool.connection() as connection:
        found = scores(connection)
        assert found[small] == (1, "GREEN")
        assert found[strong][1] != "GREEN"
        change(connection, 4, gone, state="retracted")
    followups.score_all(runtime)
    with runtime.pool.connection() as connection:
        assert set(scores(connection)) == {small, strong}
        assert lag(connection) == {followups.SEVERITY: 0, "webhooks": 4, "pager": 4}  # those never ran


def test_a_storm_is_scored_by_its_wind_in_whatever_unit(runtime: Runtime) -> None:
    storm = uuid4()
    with runtime.pool.connection() as connection:
        change(connection, 1, storm, kind="TC", magnitude=None)
        stated = [{"name": name, "value": value, "unit": unit} for name, value, unit in STORM]
        connection.execute(
            "INSERT INTO normalized_event_records (id, seq, source, agency, canonical_id, source_event_id, "
            "event_type, title, description, url, onset, updated_at, magnitude_type, status, keys, also_ids, "
            "measurements, fetched_at, fragment_hash, priority, superseded) "
            "SELECT gen_random_uuid(), 1, 'usgs-test', 'usgs', canonical_id, canonical_id, 'TC', '', '', '', "
            "now(), now(), '', 'automatic', '{}', '{}', %s, now(), '', 50, false FROM source_events",
            [Jsonb(stated)],
        )
    followups.score_all(runtime)
    with runtime.pool.connection() as connection:
        (text,) = connection.execute("SELECT explanation FROM severity_scores").fetchone() or ("",)
    assert text.startswith("Maximum wind 100 kt (category 3)")


def test_several_changes_of_one_event_are_scored_once(runtime: Runtime) -> None:
    event, seen = uuid4(), list[Sequence[UUID]]()
    with runtime.pool.connection() as connection:
        for seq in range(1, 6):
            change(connection, seq, event)
    consumer = Consumer("test", lambda connection, events, last: seen.append(events))
    assert catch_up(runtime.pool, [consumer]) == 5
    assert seen == [[event]]


def test_a_consumer_that_fails_stays_where_it_was_and_leaves_nothing(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        change(connection, 1, uuid4())

    def fails(connection: Connection[Any], events: Sequence[UUID], last: int) -> None:
        connection.execute("DELETE FROM outbox")
        raise RuntimeError("killed here")

    with pytest.raises(RuntimeError):
        Consumer("test", fails).consume(runtime.pool)
    seen: list[int] = []
    catch_up(runtime.pool, [Consumer("test", lambda connection, events, last: seen.append(last))])
    assert seen == [1]


def test_many_processes_at_one_cursor_see_each_change_once(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        for seq in range(1, 101):
            change(connection, seq, uuid4())
    seen: list[UUID] = []
    consumer = Consumer("test", lambda connection, events, last: seen.extend(events), batch=7)
    threads = [threading.Thread(target=_drain, args=(consumer, runtime)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == len(set(seen)) == 100


def _drain(consumer: Consumer, runtime: Runtime) -> None:
    idle = 0
    while idle < 20:
        idle = 0 if consumer.consume(runtime.pool) else idle + 1
        time.sleep(0.002)


def test_a_consumer_behind_another_waits_for_it(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        change(connection, 1, uuid4())
    seen: list[int] = []
    second = Consumer("second", lambda connection, events, last: seen.append(last), behind="first")
    assert second.consume(runtime.pool) == 0
    first = Consumer("first", lambda connection, events, last: None)
    catch_up(runtime.pool, [first, second])
    assert seen == [1]


def test_a_notification_wakes_the_follow_ups_at_once(runtime: Runtime) -> None:
    gazetteer()  # read before the clock runs
    with followups.running(runtime):
        time.sleep(0.5)
        with psycopg.connect(runtime.database_url) as connection:
            change(connection, 1, uuid4())
            connection.execute(f"NOTIFY {CHANNEL}")
        began = time.monotonic()
        wait_for(lambda: _scored(runtime) == 1)
    assert time.monotonic() - began < 10


def _scored(runtime: Runtime) -> int:
    with runtime.pool.connection() as connection:
        return len(scores(connection))


def test_details_are_fetched_for_earthquakes_that_are_not_green_and_tried_again(runtime: Runtime) -> None:
    strong, asked = uuid4(), list[tuple[str, str]]()
    with runtime.pool.connection() as connection:
        change(connection, 1, strong, magnitude=7.4)
        change(connection, 2, uuid4(), magnitude=2.0)
        change(connection, 3, uuid4(), kind="VO", magnitude=None)
    catch_up(runtime.pool, followups.consumers(gazetteer()))

    def fetch(agency: str, source_event_id: str) -> None:
        asked.append((agency, source_event_id))
        if len(asked) == 1:
            raise FetchError("https://example.org", "is down", 503)

    assert pager.fetch_due(runtime.pool, fetch)
    assert not pager.fetch_due(runtime.pool, fetch)  # it waits
    with runtime.pool.connection() as connection:
        connection.execute("UPDATE enrichments SET next_at = now()")
    assert pager.fetch_due(runtime.pool, fetch)
    assert not pager.fetch_due(runtime.pool, fetch)
    assert asked == [("usgs", f"us{strong.hex[:8]}")] * 2
    with runtime.pool.connection() as connection:
        assert connection.execute("SELECT state, attempts FROM enrichments").fetchall() == [("done", 2)]


def test_an_event_is_not_asked_for_again_at_once_when_its_details_change_it(runtime: Runtime) -> None:
    strong, asked = uuid4(), list[str]()
    for seq in (1, 2):
        with runtime.pool.connection() as connection:
            change(connection, seq, strong, magnitude=7.4)
        catch_up(runtime.pool, followups.consumers(gazetteer()))
        pager.fetch_due(runtime.pool, lambda agency, event: asked.append(event))
    assert len(asked) == 1
