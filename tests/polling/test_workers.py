"""Several workers on one database: one poll per slot, and nothing lost or doubled when one is killed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import namedtuple_row
from toy import Start, Upstream, until

from terraloom.archive import Archive, keep
from terraloom.records import Payload

SLOWLY = ("before fetch", "before archiving", "after fetch", "before close")
KILL_POINTS = (
    *("after archiving", "before commit", "after apply", "after close"),
    *(pytest.param(point, marks=pytest.mark.slow) for point in SLOWLY),
)


def one(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_two_workers_poll_each_slot_once(
    start_worker: Start, upstream: Upstream, connection: psycopg.Connection[Any]
) -> None:
    start_worker()
    start_worker()
    until(lambda: len(upstream.asked) >= 6)
    slots = one(connection, "SELECT count(*) FROM dbos.workflow_status WHERE name = 'terraloom.poll'")
    assert abs(len(upstream.asked) - slots) <= 1  # one may be handed out and not yet fetched
    assert one(connection, "SELECT count(DISTINCT executor_id) FROM dbos.workflow_status") >= 1
    assert one(connection, "SELECT count(*) FROM toy") == 3


@pytest.mark.parametrize("point", KILL_POINTS)
def test_a_worker_killed_at_any_step_is_recovered_by_the_other(
    point: str, start_worker: Start, connection: psycopg.Connection[Any]
) -> None:
    workers = [start_worker(die=point, every="1h"), start_worker(die=point, every="1h")]
    until(lambda: not all(worker.lives() for worker in workers))
    done = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS' AND name = 'terraloom.poll'"
    until(lambda: one(connection, done) == 1)
    assert one(connection, "SELECT array_agg(record ORDER BY record) FROM toy") == ["a", "b", "c"]
    assert one(connection, "SELECT polls FROM source_state") == 1
    assert one(connection, "SELECT count(*) FROM payloads WHERE applied_seq IS NOT NULL") == 1


def test_workers_restarted_in_turn_strand_nothing(
    start_worker: Start, upstream: Upstream, connection: psycopg.Connection[Any]
) -> None:
    upstream.delay_s = 0.3  # polls are under way whenever a worker ends
    old = start_worker()
    for n in range(3):
        asked = len(upstream.asked)
        until(lambda: len(upstream.asked) > asked)  # noqa: B023 - called before the loop goes on
        new = start_worker()
        upstream.records.append(f"new-{n}")
        old.end() if n % 2 else old.kill()
        until(lambda: not old.lives())  # noqa: B023 - the same
        old = new
    asked = len(upstream.asked)
    until(lambda: len(upstream.asked) > asked + 1)
    until(lambda: not unfinished(connection, older_than_s=5))
    assert one(connection, "SELECT count(*) FROM toy") == len(upstream.records)


def test_what_a_poll_archived_and_never_applied_is_swept_up(
    start_worker: Start, connection: psycopg.Connection[Any], database_url: str, tmp_path: Path
) -> None:
    payload = Payload(
        source="toy-feed",
        url="https://toy.example/lost",
        fetched_at=datetime.now(UTC) - timedelta(minutes=5),
        body=b'["lost"]',
    )
    with psycopg.connect(database_url) as writing:
        keep(writing, Archive.open(tmp_path / "archive"), [payload], licences={})
    start_worker(every="1h")
    until(lambda: one(connection, "SELECT count(*) FROM toy WHERE record = 'lost'") == 1)


def test_an_upstream_that_fails_is_told_and_the_next_good_poll_mends_it(
    start_worker: Start, upstream: Upstream, connection: psycopg.Connection[Any]
) -> None:
    upstream.status = 500
    start_worker()
    until(lambda: states(connection) and states(connection)[0].consecutive_failures >= 2)
    assert "500" in states(connection)[0].last_error
    upstream.status = 200
    until(lambda: states(connection)[0].consecutive_failures == 0)
    state = states(connection)[0]
    assert state.errors >= 2
    assert state.polls > state.errors
    assert state.last_ok_at > state.last_error_at


def test_an_unchanged_feed_is_asked_for_by_its_validator(
    start_worker: Start, upstream: Upstream, connection: psycopg.Connection[Any]
) -> None:
    upstream.etag = '"one"'
    start_worker()
    until(lambda: states(connection) and states(connection)[0].polls >= 3)
    assert one(connection, "SELECT count(*) FROM payloads") == 1
    assert states(connection)[0].errors == 0


def unfinished(connection: psycopg.Connection[Any], *, older_than_s: float) -> int:
    """Polls that have been on their way for too long."""
    query = (
        "SELECT count(*) FROM dbos.workflow_status WHERE status IN ('ENQUEUED', 'PENDING') "
        f"AND created_at < (extract(epoch FROM clock_timestamp()) - {older_than_s}) * 1000"
    )
    return int(one(connection, query))


def states(connection: psycopg.Connection[Any]) -> list[Any]:
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute("SELECT * FROM source_state").fetchall()
