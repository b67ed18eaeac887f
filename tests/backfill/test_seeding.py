"""Seeding: the same wish twice is one campaign, the same window twice one job; gaps are what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from psycopg import Connection
from toys import SOURCE, WAYS, campaign, days

from terraloom.backfill import queue
from terraloom.backfill.jobs import Campaign, Window
from terraloom.backfill.ledger import Noted, fold, ledger, note
from terraloom.backfill.queue import Chosen
from terraloom.backfill.seeding import Seeded
from terraloom.backfill.seeding import seed as _seed
from terraloom.errors import ConfigError

spans = st.tuples(st.integers(1, 12), st.integers(0, 20))


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(database_url, options="-c timezone=UTC") as found:
        yield found


def seed(connection: Connection[Any], wanted: Campaign, *, gaps: bool = False) -> Seeded:
    return _seed(connection, wanted, gaps=gaps, ways=WAYS)


def planned(connection: Connection[Any]) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT span, state FROM backfill_jobs ORDER BY span").fetchall()


@given(st.lists(spans, min_size=1, max_size=6))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_seeding_again_in_any_order_plans_each_window_once(
    connection: Connection[Any], wanted: list[tuple[int, int]]
) -> None:
    with connection.transaction(force_rollback=True):
        new = [seed(connection, campaign(*one)).new for one in wanted]
        again = [seed(connection, campaign(*one)) for one in reversed(wanted)]
        windows = {start + day for n, start in wanted for day in range(n)}
        assert sum(new) == len(planned(connection)) == len(windows)
        assert all((one.new, one.again) == (0, 0) for one in again)
        assert len({one.campaign for one in again}) == len(set(wanted))


@given(spans, st.lists(spans, max_size=4))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_gaps_are_the_windows_that_are_not_known_whole(
    connection: Connection[Any], asked: tuple[int, int], known: list[tuple[int, int]]
) -> None:
    with connection.transaction(force_rollback=True):
        held = [days(*one) for one in known[::2]]
        empty = [days(*one) for one in known[1::2]]
        note(connection, Noted(source=SOURCE, held=held, empty=empty))
        seeded = seed(connection, campaign(*asked), gaps=True)
        lacking = set(range(asked[1], asked[1] + asked[0])) - {
            start + day for n, start in known for day in range(n)
        }
        assert (seeded.jobs, seeded.new) == (asked[0], len(lacking))


def test_a_gap_in_what_was_done_is_asked_for_again(connection: Connection[Any]) -> None:
    seed(connection, campaign(3))
    connection.execute("UPDATE backfill_jobs SET state = 'done'")
    note(connection, Noted(source=SOURCE, held=[days(1), days(1, 2)]))
    [line] = ledger(connection, gaps=True)
    assert [(span.start, span.end) for span in line.missing] == [(days(1, 1).start, days(1, 1).end)]
    assert seed(connection, campaign(3)).again == 0  # without `--gaps` nobody looks
    assert seed(connection, campaign(3), gaps=True).again == 1
    assert [state for _, state in planned(connection)] == ["done", "pending", "done"]


def test_the_ledger_keeps_years_apart_and_counts_rows_where_they_begin(connection: Connection[Any]) -> None:
    note(connection, Noted(source=SOURCE, series="a", expected=[days(800)], held=[days(800)], rows=7))
    note(connection, Noted(source=SOURCE, series="a", held=[days(10, 5)], rows=1))
    before = ledger(connection)
    fold(connection)
    rows = connection.execute("SELECT year, rows FROM coverage ORDER BY year").fetchall()
    assert rows == [(2010, 8), (2011, 0), (2012, 0)]
    assert connection.execute("SELECT count(*) FROM coverage_news").fetchone() == (0,)
    assert ledger(connection) == before
    [line] = ledger(connection)
    assert (line.rows, len(line.held), line.missing) == (8, 1, [])


def test_an_archive_as_a_whole_is_held_as_a_whole(connection: Connection[Any]) -> None:
    note(connection, Noted(source=SOURCE, expected=[None]))
    assert len(ledger(connection, gaps=True)) == 1
    note(connection, Noted(source=SOURCE, held=[None], rows=3))
    assert ledger(connection, gaps=True) == []


def test_failed_jobs_are_asked_for_again_one_by_one_or_by_what_they_have_in_common(
    connection: Connection[Any],
) -> None:
    seed(connection, campaign(4))
    seed(connection, campaign(2, host="other.example"))
    connection.execute(
        "UPDATE backfill_jobs SET state = 'failed', failures = 5, says = 'HTTP 503: 100% full'"
    )
    [one] = connection.execute("SELECT id FROM backfill_jobs ORDER BY seq LIMIT 1").fetchone()
    assert queue.retry(connection, Chosen(job=one)) == 1
    assert queue.retry(connection, Chosen(host="other.example", says="503")) == 2
    assert queue.retry(connection, Chosen(says="100_")) == 0  # taken literally
    assert queue.retry(connection, Chosen(kind="another")) == 0
    assert queue.retry(connection, Chosen()) == 3
    left = connection.execute("SELECT DISTINCT state, failures FROM backfill_jobs").fetchall()
    assert left == [("pending", 0)]


@pytest.mark.parametrize(
    ("wrong", "key"),
    [({"kind": "nothing"}, "kind"), ({"source": "nothing"}, "source"), ({"window": None}, "window")],
)
def test_what_cannot_be_planned_is_said_at_once(
    connection: Connection[Any], wrong: dict[str, Any], key: str
) -> None:
    given = {"kind": "toy", "source": SOURCE, "window": days(1), "step_s": 86_400.0}
    with pytest.raises(ConfigError) as raised:
        seed(connection, Campaign(**{**given, **wrong}))
    assert raised.value.key == key
    assert planned(connection) == []


def test_nobody_asks_for_the_time_to_come(connection: Connection[Any]) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    ahead = replace(campaign(), window=Window(now - timedelta(days=1), now + timedelta(hours=1)))
    with pytest.raises(ConfigError, match="a time that has passed"):
        seed(connection, ahead)
