"""Campaigns on the durable queue: from the plan to a job that is done, or failed with its reason."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from psycopg import Connection
from toys import QUICK, SOURCE, WAYS, Toy, backfilling, campaign, days, until

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


def test_gaps_ask_for_the_parts_of_a_split_window_that_failed(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = campaign(1, answer="halves")
    assert [row[0] for row in work(runtime, asked)] == ["done", "failed", "failed"]
    monkeypatch.setattr(Toy, "refusing", False)
    with runtime.pool.connection() as connection:
        assert seed(connection, asked, gaps=True, ways=WAYS).again == 1
    assert [row[0] for row in work(runtime)] == ["done", "done", "done"]
    with runtime.pool.connection() as connection:
        assert ledger(connection, gaps=True) == []
        assert seed(connection, asked, gaps=True, ways=WAYS).again == 0


def test_a_window_whose_parts_are_under_way_is_no_gap(runtime: Runtime) -> None:
    asked = campaign(1, answer="halves")
    work(runtime, asked)
    with runtime.pool.connection() as connection:
        assert queue.retry(connection, queue.Chosen()) == 2
        assert seed(connection, asked, gaps=True, ways=WAYS).again == 0


def test_a_worker_that_stops_leaves_its_jobs_to_others(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runtime.pool.connection() as connection:
        seed(connection, campaign(2, answer="wait"), ways=WAYS)
    asked = len(Toy.asked)
    with backfilling(runtime, timing=replace(QUICK, drain_s=1)):
        until(lambda: len(Toy.asked) == asked + 2)
    monkeypatch.setattr(Toy, "goes_on", True)
    assert work(runtime) == [("done", 1, 2, "")] * 2


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
