"""Campaigns on the durable queue: from the plan to a job that is done, or failed with its reason."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection
from toys import SOURCE, WAYS, backfilling, campaign, days, until

from terraloom.backfill import queue
from terraloom.backfill.jobs import Campaign
from terraloom.backfill.ledger import ledger
from terraloom.backfill.seeding import seed
from terraloom.config import Settings
from terraloom.runtime import Runtime


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nobody needs courtesy here, and nobody waits."""
    quick = {"backoff_initial_s": 0.05, "attempts": 3, "per_host": 16}
    return Settings(
        home=settings.home,
        database_url=settings.database_url,
        fetch={"point_at": "http://127.0.0.1:9"},
        backfill=quick,
    )


def jobs(connection: Connection[Any]) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT state, attempts, rows, says FROM backfill_jobs ORDER BY seq").fetchall()


def work(runtime: Runtime, *campaigns: Campaign) -> list[tuple[Any, ...]]:
    """Seed, work until nothing is left, and tell what became of each job."""
    with runtime.pool.connection() as connection:
        for one in campaigns:
            seed(connection, one, ways=WAYS)
    with backfilling(runtime), runtime.pool.connection() as connection:
        connection.autocommit = True
        until(lambda: queue.left(connection).nothing)
        return jobs(connection)


def test_what_is_seeded_is_fetched_ingested_and_held(runtime: Runtime) -> None:
    done = work(runtime, campaign(3, answer="whole"))
    assert done == [("done", 1, 2, "")] * 3
    with runtime.pool.connection() as connection:
        assert connection.execute("SELECT count(*) FROM disaster_events").fetchone() == (6,)
        [line] = ledger(connection, source=SOURCE)
    assert (line.rows, line.missing, line.held, line.expected) == (6, [], line.expected, line.held)


def test_what_the_archive_does_not_have_is_held_to_be_empty(runtime: Runtime) -> None:
    assert work(runtime, campaign(2, answer="nothing")) == [("done", 1, 0, "")] * 2
    with runtime.pool.connection() as connection:
        [line] = ledger(connection, gaps=False)
        assert ledger(connection, gaps=True) == []
    assert (line.rows, line.held, line.missing, line.empty) == (0, [], [], line.expected)


def test_a_window_that_is_too_much_is_done_by_its_parts(runtime: Runtime) -> None:
    parent, *children = work(runtime, campaign(1, answer="split"))
    assert parent == ("done", 1, 0, "split into 2: 413: too much")
    assert children == [("done", 1, 2, "")] * 2
    with runtime.pool.connection() as connection:
        assert ledger(connection, gaps=True) == []
        assert connection.execute("SELECT count(*) FROM disaster_events").fetchone() == (4,)
        parents = "SELECT count(DISTINCT parent), count(parent) FROM backfill_jobs"
        assert connection.execute(parents).fetchone() == (1, 2)


@pytest.mark.parametrize(
    ("answer", "attempts", "reason"),
    [
        ("half", 3, "2010-01-01T12:00:00Z to 2010-01-02T00:00:00Z is missing"),
        ("few", 3, "the service says that there are 3 records, its payloads hold 2"),
        ("silent", 3, "2010-01-01T00:00:00Z to 2010-01-02T00:00:00Z is missing"),
        ("fail", 3, "(HTTP 503)"),
        ("refuse", 1, "(HTTP 404)"),
    ],
)
def test_an_answer_that_is_short_or_none_fails_with_its_reason(
    runtime: Runtime, answer: str, attempts: int, reason: str
) -> None:
    [(state, tried, _, says)] = work(runtime, campaign(1, answer=answer))
    assert (state, tried) == ("failed", attempts)
    assert reason in says
    with runtime.pool.connection() as connection:
        outcomes = connection.execute("SELECT outcome FROM backfill_attempts ORDER BY attempt").fetchall()
        assert [row[0] for row in outcomes] == ["again"] * (attempts - 1) + ["failed"]
        [line] = ledger(connection, gaps=True)
        assert line.missing[-1].end == days(1).end


def test_a_payload_that_comes_twice_changes_nothing(runtime: Runtime) -> None:
    assert work(runtime, campaign(1, answer="twice")) == [("done", 1, 4, "")]
    with runtime.pool.connection() as connection:
        assert connection.execute("SELECT count(*) FROM raw_event_records").fetchone() == (2,)
        [line] = ledger(connection)
        assert line.rows == 2


def test_a_job_whose_workflow_was_given_up_is_tried_again(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        seed(connection, campaign(1, answer="whole"), ways=WAYS)
        connection.execute(  # a worker was brought down again and again; DBOS has given it up
            "UPDATE backfill_jobs SET state = 'running', attempts = 1, handed_at = now() - interval '1 h'"
        )
    with backfilling(runtime), runtime.pool.connection() as connection:
        connection.autocommit = True
        until(lambda: queue.left(connection).nothing)
        assert jobs(connection) == [("done", 2, 2, "")]
        [first, _] = connection.execute("SELECT says FROM backfill_attempts ORDER BY attempt").fetchall()
    assert first[0] == "its workflow ended without closing it (it is not there)"
