"""What live polls say to the ledger: the time that payloads hold, and no hole while they come on time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from terraloom.archive import keep
from terraloom.backfill.ledger import Line, ledger, note_poll
from terraloom.polling.state import Outcome, close
from terraloom.records import Payload
from terraloom.runtime import Runtime

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
SOURCE = "toy-feed"
EVERY = timedelta(minutes=10)


class Feed:
    """Polls a feed that holds values of some hours."""

    def __init__(self, runtime: Runtime, connection: Connection[Any]) -> None:
        self._archive, self._connection, self._n = runtime.archive, connection, 0

    def poll(self, first: int, last: int, *, again: bool = False) -> Line:
        """One poll that held these hours; with `again`, closed a second time after a crash."""
        self._n += not again
        body = str(self._n).encode()
        payload = Payload(source=SOURCE, url="https://toy.example/", fetched_at=NOW, body=body)
        keep(self._connection, self._archive, [payload], licences={})
        span = [NOW + timedelta(hours=hour) for hour in (first, last)]
        self._connection.execute(
            "UPDATE payloads SET first_at = %s, last_at = %s WHERE id = %s", [*span, payload.id]
        )
        name = f"poll:{self._n}"
        note_poll(self._connection, SOURCE, [payload.id], poll=name, every=EVERY, rows=2)
        close(self._connection, Outcome(poll=name, source=SOURCE))
        self._connection.commit()
        [line] = ledger(self._connection, source=SOURCE)
        return line

    def silence(self, time: timedelta) -> None:
        self._connection.execute("UPDATE source_state SET last_ok_at = last_ok_at - %s", [time])


@pytest.fixture
def feed(runtime: Runtime) -> Any:
    with runtime.pool.connection() as connection:
        yield Feed(runtime, connection)


def hours(spans: Any) -> list[tuple[int, int]]:
    hour = timedelta(hours=1)
    return [((span.start - NOW) // hour, (span.end - NOW) // hour) for span in spans]


def test_polls_that_come_on_time_leave_no_hole(feed: Feed) -> None:
    assert hours(feed.poll(0, 1).held) == [(0, 1)]
    line = feed.poll(3, 3)
    assert (hours(line.held), line.missing, line.rows) == ([(0, 3)], [], 4)


def test_what_passed_while_nobody_polled_is_missing(feed: Feed) -> None:
    feed.poll(0, 1)
    feed.silence(4 * EVERY)
    line = feed.poll(5, 6)
    assert (hours(line.held), hours(line.missing)) == ([(0, 1), (5, 6)], [(1, 5)])
    assert hours(feed.poll(2, 6).missing) == [(1, 2)]


def test_a_poll_that_is_closed_again_after_a_crash_counts_once(feed: Feed) -> None:
    feed.poll(0, 1)
    assert feed.poll(0, 1, again=True).rows == 2
