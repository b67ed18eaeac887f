"""The whole worker in one process: real source, real ingest, settings that change while it works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from toy import Upstream, until
from typer.testing import CliRunner

from measuring import put, value
from terraloom.cli import build
from terraloom.config import load
from terraloom.polling.alarms import alarms
from terraloom.polling.running import working
from terraloom.polling.worker import Timing, Worker
from terraloom.runtime import open_runtime
from terraloom.sources import registry

SOURCE = "usgs-earthquakes-hour"
QUAKE = {
    "type": "Feature",
    "id": "us7000test",
    "properties": {
        "mag": 5.5,
        "place": "10 km N of Nowhere",
        "time": 1763690000000,
        "updated": 1763690400000,
        "ids": ",us7000test,",
        "sources": ",us,",
        "types": ",origin,",
        "status": "automatic",
        "magType": "mww",
        "type": "earthquake",
        "title": "M 5.5 - 10 km N of Nowhere",
        "net": "us",
        "code": "7000test",
        "sig": 465,
        "url": "https://earthquake.usgs.gov/earthquakes/eventpage/us7000test",
        "detail": "https://earthquake.usgs.gov/earthquakes/feed/v1.0/detail/us7000test.geojson",
    },
    "geometry": {"type": "Point", "coordinates": [30.5, 38.25, 10.0]},
}
FEED = {"type": "FeatureCollection", "metadata": {"count": 1}, "features": [QUAKE]}


@pytest.fixture
def settings_file(upstream: Upstream, database_url: str, tmp_path: Path) -> Path:
    upstream.body = json.dumps(FEED).encode()
    file = tmp_path / "terraloom.yaml"
    write(file, upstream, database_url, "every: 1h")
    return file


def write(file: Path, upstream: Upstream, database_url: str, said: str, more: str = "") -> None:
    others = "".join(f"  {i}: {{enabled: false}}\n" for i in registry() if i != SOURCE)
    file.write_text(
        f"home: {file.parent}\ndatabase_url: {database_url!r}\n"
        f"fetch: {{point_at: {upstream.url}, attempts: 1}}\n"
        f"sources:\n  {SOURCE}: {{{said}}}\n{others}{more}"
    )


@pytest.fixture
def worker(settings_file: Path) -> Iterator[Worker]:
    timing = Timing(beat_s=0.2, lease=timedelta(seconds=1.5), drain_s=5)
    with open_runtime(load(settings_file)) as runtime, working(runtime, timing=timing) as found:
        yield found


def test_a_poll_brings_an_event_into_the_record(worker: Worker, connection: psycopg.Connection[Any]) -> None:
    until(lambda: connection.execute("SELECT polls FROM source_state").fetchone() == (1,))
    assert connection.execute("SELECT title, magnitude FROM disaster_events").fetchall() == [
        ("M 5.5 - 10 km N of Nowhere", 5.5)
    ]
    state = connection.execute("SELECT last_error, lag_s < 10, last_new_at IS NOT NULL FROM source_state")
    assert state.fetchone() == ("", True, True)
    assert alarms(connection) == []


def test_changed_settings_take_effect_without_a_restart(
    worker: Worker, upstream: Upstream, settings_file: Path, database_url: str
) -> None:
    until(lambda: len(upstream.asked) == 1)
    write(settings_file, upstream, database_url, "every: 1s")
    until(lambda: len(upstream.asked) >= 4)
    write(settings_file, upstream, database_url, "every: never")  # wrong, so the old ones stay in force
    asked = len(upstream.asked)
    until(lambda: len(upstream.asked) >= asked + 2)
    write(settings_file, upstream, database_url, "enabled: false")
    until(lambda: worker.scheduler.every == {})


@pytest.mark.parametrize("holder", ["a worker that is gone", "this worker, which does not run it"])
def test_a_poll_that_nobody_works_at_is_taken_up(
    holder: str, worker: Worker, connection: psycopg.Connection[Any]
) -> None:
    finished = (
        "SELECT count(*) = 1 FROM dbos.workflow_status WHERE status = 'SUCCESS' AND name = 'terraloom.poll'"
    )
    until(lambda: connection.execute(finished).fetchone() == (True,))
    executor = worker.me.executor_id if holder.startswith("this") else "gone-1"
    with connection.transaction():  # before it ends, nobody can take the poll up
        connection.execute(
            "UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = %s, started_at_epoch_ms = 0 "
            "WHERE name = 'terraloom.poll'",
            [executor],
        )
        assert "polling" in [alarm.state for alarm in alarms(connection)]
    until(lambda: connection.execute(finished).fetchone() == (True,))
    assert connection.execute("SELECT polls FROM source_state").fetchone() == (1,)
    assert alarms(connection) == []


def test_a_worker_whose_polls_hold_all_connections_still_shows_that_it_lives(
    worker: Worker, connection: psycopg.Connection[Any]
) -> None:
    until(lambda: connection.execute("SELECT polls FROM source_state").fetchone() == (1,))
    with ExitStack() as stack:
        for _ in range(worker.runtime.pool.max_size):
            stack.enter_context(worker.runtime.pool.connection())
        asked = connection.execute("SELECT clock_timestamp()").fetchone()
        until(lambda: connection.execute("SELECT beat_at > %s FROM workers", asked).fetchone() == (True,))


def test_polling_by_hand_needs_no_worker(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch, connection: psycopg.Connection[Any]
) -> None:
    monkeypatch.setenv("TERRALOOM_CONFIG", str(settings_file))
    [polled] = json.loads(terraloom("poll", SOURCE, "--json"))
    assert (polled["source"], polled["payloads"], polled["error"]) == (SOURCE, 1, "")
    assert polled["counts"]["created"] == 1
    [listed] = [one for one in json.loads(terraloom("sources", "list", "--json")) if one["id"] == SOURCE]
    assert (listed["state"], listed["every"]) == ("ok", "1h")
    assert listed["last_ok"]


def test_checking_a_source_says_what_it_saw_and_writes_nothing(
    settings_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    upstream: Upstream,
    connection: psycopg.Connection[Any],
) -> None:
    monkeypatch.setenv("TERRALOOM_CONFIG", str(settings_file))
    broken = {**QUAKE, "geometry": {"type": "Point", "coordinates": [30.5, 138.25, 10.0]}}
    upstream.body = json.dumps({**FEED, "features": [QUAKE, broken]}).encode()
    checked = json.loads(terraloom("sources", "check", SOURCE, "--json", status=1))
    [seen] = checked["payloads"]
    assert (seen["records"], seen["types"], seen["rejected"]) == (1, {"EQ": 1}, 1)
    assert seen["first"][0]["title"] == QUAKE["properties"]["title"]
    assert "coordinates" in seen["rejects"][0]["reason"]
    assert connection.execute("SELECT count(*) FROM payloads").fetchone() == (0,)


def test_pausing_and_triggering_are_written_for_the_workers(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch, connection: psycopg.Connection[Any]
) -> None:
    monkeypatch.setenv("TERRALOOM_CONFIG", str(settings_file))
    terraloom("sources", "pause", SOURCE)
    assert connection.execute("SELECT paused FROM source_state").fetchone() == (True,)
    terraloom("sources", "resume", SOURCE)
    terraloom("sources", "trigger", SOURCE)
    assert connection.execute("SELECT paused FROM source_state").fetchone() == (False,)
    assert connection.execute("SELECT triggered_at IS NOT NULL FROM schedules").fetchone() == (True,)


def test_status_lists_workers_and_tells_of_what_lies_around(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch, connection: psycopg.Connection[Any]
) -> None:
    monkeypatch.setenv("TERRALOOM_CONFIG", str(settings_file))
    assert json.loads(terraloom("status", "--json")) == {"workers": [], "alarms": []}
    connection.execute(
        "INSERT INTO workers VALUES ('w-1', 'here', 1, '0', now() - interval '1 h', now() - interval '5 min')"
    )
    told = json.loads(terraloom("status", "--json", status=1))
    assert [worker["executor_id"] for worker in told["workers"]] == ["w-1"]
    assert [alarm["state"] for alarm in told["alarms"]] == ["no-worker"]


def terraloom(*arguments: str, status: int = 0) -> str:
    """What a command prints."""
    result = CliRunner().invoke(build(), arguments)
    assert result.exit_code == status, result.output
    return result.stdout


def test_caches_are_refreshed_by_a_worker(worker: Worker, connection: psycopg.Connection[Any]) -> None:
    until(lambda: connection.execute("SELECT count(*) FROM caches").fetchone() == (5,))
    chores = "SELECT workflow_uuid FROM dbos.workflow_status WHERE name = 'terraloom.chore'"
    assert all(row[0].startswith("chore:caches:") for row in connection.execute(chores).fetchall())


def test_old_months_are_moved_by_a_worker_that_is_told_to(
    worker: Worker,
    connection: psycopg.Connection[Any],
    settings_file: Path,
    upstream: Upstream,
    database_url: str,
) -> None:
    put(connection, [value(0, 1.0), value(-4_000_000, 2.0)])  # seven years apart
    write(settings_file, upstream, database_url, "every: 1h", "observations: {cold_after: 5y}\n")
    until(lambda: connection.execute("SELECT rows FROM cold_partitions").fetchall() == [(1,)])
    assert connection.execute("SELECT value FROM observations").fetchall() == [(1.0,)]
