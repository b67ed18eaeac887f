"""Campaigns on the durable queue: from the plan to a job that is done, or failed with its reason."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection
from toys import SOURCE, WAYS, backfilling, campaign, until

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
