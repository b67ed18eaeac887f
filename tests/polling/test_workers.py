"""Several workers on one database: one poll per slot, and nothing lost or doubled when one is killed."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from toy import Start, Upstream, until

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
    until(lambda: one(connection, "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'") == 1)
    assert one(connection, "SELECT array_agg(record ORDER BY record) FROM toy") == ["a", "b", "c"]
    assert one(connection, "SELECT polls FROM source_state") == 1
    assert one(connection, "SELECT count(*) FROM payloads WHERE applied_seq IS NOT NULL") == 1
