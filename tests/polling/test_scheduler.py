"""What the scheduler hands out, on a real database, with an `enqueue` that only writes down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from terraloom.polling import state
from terraloom.polling.scheduler import Scheduler

HOUR = timedelta(hours=1)


@pytest.fixture
def pool(database_url: str) -> Iterator[ConnectionPool]:
    with ConnectionPool(database_url, min_size=1, max_size=4, open=True) as found:
        yield found


class Queue:
    """Polls handed out; `busy` sources are still being polled."""

    def __init__(self) -> None:
        self.polls: list[str] = []
        self.busy: set[str] = set()

    def __call__(self, workflow_id: str, source_id: str) -> bool:
        if source_id in self.busy:
            return False
        if workflow_id not in self.polls:
            self.polls.append(workflow_id)
        return True


def row(pool: ConnectionPool, query: str) -> Any:
    with pool.connection() as connection:
        found = connection.execute(query).fetchone()
    assert found is not None
    return found


def back_by(pool: ConnectionPool, interval: str) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE schedules SET last_slot = last_slot - %s::interval", [interval])


def test_a_slot_is_handed_out_once_by_any_number_of_schedulers(pool: ConnectionPool) -> None:
    queue = Queue()
    schedulers = [Scheduler(pool, {"a": HOUR, "b": HOUR}, queue) for _ in range(3)]
    for scheduler in schedulers * 2:
        scheduler.tick()
    assert sorted(poll.split(":")[1] for poll in queue.polls) == ["a", "b"]


def test_a_scheduler_that_dies_after_enqueueing_leaves_the_slot_to_the_next(pool: ConnectionPool) -> None:
    queue = Queue()

    def dying(workflow_id: str, source_id: str) -> bool:
        queue(workflow_id, source_id)
        raise psycopg.OperationalError("the database went away")

    scheduler = Scheduler(pool, {"a": HOUR}, dying)
    with pytest.raises(psycopg.OperationalError):
        scheduler.tick()
    assert row(pool, "SELECT last_slot FROM schedules") == (None,)
    Scheduler(pool, {"a": HOUR}, queue).tick()
    assert len(queue.polls) == 1
    assert row(pool, "SELECT last_slot IS NOT NULL FROM schedules") == (True,)


def test_downtime_is_made_up_for_by_one_poll_and_counted(pool: ConnectionPool) -> None:
    queue = Queue()
    scheduler = Scheduler(pool, {"a": HOUR}, queue)
    scheduler.tick()
    queue.polls.clear()
    back_by(pool, "72 hours")
    scheduler.tick()
    scheduler.tick()
    assert len(queue.polls) == 1
    assert row(pool, "SELECT missed FROM schedules") == (71,)


def test_a_source_still_being_polled_is_not_polled_twice_and_the_slot_counts_as_missed(
    pool: ConnectionPool,
) -> None:
    queue = Queue()
    queue.busy.add("a")
    scheduler = Scheduler(pool, {"a": HOUR}, queue)
    scheduler.tick()
    assert queue.polls == []
    assert row(pool, "SELECT missed FROM schedules") == (1,)


def test_a_paused_source_rests_and_resumes_at_its_next_slot(pool: ConnectionPool) -> None:
    queue = Queue()
    scheduler = Scheduler(pool, {"a": HOUR}, queue)
    with pool.connection() as connection:
        state.set_paused(connection, "a", True)
    scheduler.tick()
    with pool.connection() as connection:
        state.set_paused(connection, "a", False)
    scheduler.tick()
    assert queue.polls == []
    back_by(pool, "1 hour")  # the next slot has come
    scheduler.tick()
    assert len(queue.polls) == 1
    assert row(pool, "SELECT missed FROM schedules") == (0,)


def test_a_trigger_polls_even_a_paused_source_and_waits_for_a_poll_under_way(pool: ConnectionPool) -> None:
    queue = Queue()
    scheduler = Scheduler(pool, {}, queue)
    with pool.connection() as connection:
        state.set_paused(connection, "a", True)
        state.trigger(connection, "a", 3600)
    queue.busy.add("a")
    scheduler.tick()
    assert queue.polls == []
    queue.busy.clear()
    scheduler.tick()
    scheduler.tick()
    assert [poll.split(":")[:3] for poll in queue.polls] == [["poll", "a", "trigger"]]


def test_another_interval_takes_effect_at_the_next_look(pool: ConnectionPool) -> None:
    queue = Queue()
    scheduler = Scheduler(pool, {"a": HOUR}, queue)
    scheduler.tick()
    scheduler.follow({"a": timedelta(milliseconds=50), "b": HOUR})
    assert scheduler.tick() <= 0.05
    scheduler.tick()
    assert len(queue.polls) >= 2
    assert any(":b:" in poll for poll in queue.polls)
    scheduler.follow({})
    queue.polls.clear()
    scheduler.tick()
    assert queue.polls == []
    assert row(pool, "SELECT count(*) FROM schedules") == (0,)
