"""Which jobs are handed out: by host, in the order of their priority, never more than a host takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace
from psycopg import Connection
from toys import WAYS, campaign

from terraloom.backfill import queue
from terraloom.backfill.handing import HandOut, pace
from terraloom.backfill.queue import Attempt, Chosen
from terraloom.backfill.seeding import seed
from terraloom.config import Settings
from terraloom.polling.alarms import alarms
from terraloom.runtime import Runtime


class Hands:
    """Takes what is handed out, in place of DBOS."""

    def __init__(self, runtime: Runtime, **backfill: Any) -> None:
        settings = Settings(home=runtime.settings.home, backfill={"per_host": 3, **backfill})
        self.taken: list[Attempt] = []
        self._hand_out = HandOut(runtime.pool, settings, self._take)

    def _take(self, attempts: Sequence[Attempt]) -> None:
        self.taken += attempts

    def look(self, connection: Connection[Any]) -> list[int]:
        """Hand out; the priorities of what came, in order."""
        before = len(self.taken)
        self._hand_out.hand_out(connection)
        connection.commit()
        return [attempt.priority for attempt in self.taken[before:]]


@pytest.fixture
def connection(runtime: Runtime) -> Any:
    with runtime.pool.connection() as found:
        yield found


def plan(
    connection: Connection[Any], n: int, *, start: int = 0, priority: int = 100, **parameters: str
) -> None:
    seed(connection, replace(campaign(n, start, **parameters), priority=priority), ways=WAYS)
    connection.commit()


def test_a_host_gets_no_more_than_it_takes_at_a_time(runtime: Runtime, connection: Connection[Any]) -> None:
    hands = Hands(runtime, hosts={"slow.example": {"at_once": 1}})
    plan(connection, 5)
    plan(connection, 5, host="slow.example")
    assert len(hands.look(connection)) == 3 + 1
    assert hands.look(connection) == []
    connection.execute("UPDATE backfill_jobs SET state = 'done' WHERE state = 'running'")
    assert len(hands.look(connection)) == 2 + 1


def test_the_most_urgent_go_first_then_in_the_order_of_the_plan(
    runtime: Runtime, connection: Connection[Any]
) -> None:
    hands = Hands(runtime)
    plan(connection, 4)
    plan(connection, 2, start=10, priority=5)
    assert hands.look(connection) == [5, 5, 100]
    order = "SELECT lower(span) FROM backfill_jobs WHERE id = %s"
    first, second, _ = [connection.execute(order, [a.job]).fetchone()[0] for a in hands.taken]
    assert first < second


def test_no_more_begin_in_a_minute_than_the_host_takes(runtime: Runtime, connection: Connection[Any]) -> None:
    hands = Hands(runtime, hosts={"toys.example": {"per_minute": 2}})
    plan(connection, 5)
    assert len(hands.look(connection)) == 2
    connection.execute("UPDATE backfill_jobs SET state = 'done' WHERE state = 'running'")
    assert hands.look(connection) == []
    connection.execute("UPDATE backfill_jobs SET handed_at = handed_at - interval '61 s'")
    assert len(hands.look(connection)) == 2


@pytest.mark.parametrize("what", [("kind", "toy"), ("host", "toys.example")])
def test_nothing_paused_is_handed_out(
    runtime: Runtime, connection: Connection[Any], what: tuple[str, str]
) -> None:
    hands = Hands(runtime)
    plan(connection, 2)
    queue.pause(connection, *what)
    assert hands.look(connection) == []
    assert queue.left(connection) == queue.Left(pending=2, paused=2, running=0)
    assert queue.resume(connection, *what)
    assert len(hands.look(connection)) == 2


def test_of_several_workers_one_hands_out(runtime: Runtime, connection: Connection[Any]) -> None:
    plan(connection, 2)
    one, other = Hands(runtime), Hands(runtime)
    with runtime.pool.connection() as second:
        one._hand_out.hand_out(connection)  # not committed yet
        assert other.look(second) == []
        connection.commit()
        assert other.look(second) == []
    assert len(one.taken) == 2


def test_a_hand_out_that_died_is_made_up_for(runtime: Runtime, connection: Connection[Any]) -> None:
    plan(connection, 1)
    hands = Hands(runtime)
    hands._hand_out.hand_out(connection)
    connection.rollback()  # enqueued, and nothing says so
    [died] = hands.taken
    assert queue.load(connection, died.job, died.number).job is not None  # a worker may have it already
    assert hands.look(connection) == [100]
    assert hands.taken[1].workflow_id == died.workflow_id


def test_a_cancelled_attempt_does_not_count_any_more(runtime: Runtime, connection: Connection[Any]) -> None:
    plan(connection, 1)
    hands = Hands(runtime)
    hands.look(connection)
    [first] = hands.taken
    assert queue.cancel(connection, Chosen(job=first.job)) == 1
    assert queue.load(connection, first.job, first.number).job is None
    assert queue.retry(connection, Chosen(), cancelled=True) == 1
    hands.look(connection)
    assert (hands.taken[1].job, hands.taken[1].number) == (first.job, first.number + 1)
    assert queue.load(connection, first.job, first.number).job is None


def test_hosts_are_asked_as_often_as_their_feeds_may_be() -> None:
    settings = Settings(fetch={"hosts": {"a.example": 30}}, backfill={"hosts": {"b.example": {"at_once": 9}}})
    assert (pace(settings, "a.example").per_minute, pace(settings, "a.example").at_once) == (30, 4)
    assert (pace(settings, "b.example").per_minute, pace(settings, "b.example").at_once) == (60, 9)
    elsewhere = Settings(fetch={"point_at": "http://127.0.0.1:9"})
    assert pace(elsewhere, "a.example").per_minute is None


def test_jobs_that_wait_or_work_for_too_long_raise_an_alarm(
    runtime: Runtime, connection: Connection[Any]
) -> None:
    plan(connection, 3)
    assert alarms(connection) == []
    connection.execute("UPDATE backfill_jobs SET due_at = due_at - interval '10 min'")
    [waiting] = alarms(connection)
    assert (waiting.state, waiting.says.endswith("for toys.example")) == ("jobs-waiting", True)
    Hands(runtime, per_host=1).look(connection)
    assert alarms(connection) == []  # the others wait for this one
    connection.execute("UPDATE backfill_jobs SET handed_at = handed_at - interval '3 h' WHERE attempts > 0")
    [running] = alarms(connection)
    assert (running.state, running.count, round(running.age_s / 3600)) == ("jobs-running", 1, 3)
    connection.execute("UPDATE backfill_jobs SET state = 'done' WHERE state = 'running'")
    queue.pause(connection, "kind", "toy")
    assert alarms(connection) == []
