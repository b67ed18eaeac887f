"""What is written of each source: `source_state` by polls, `schedules` by operators and the scheduler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg import Connection
from psycopg.rows import class_row, dict_row

from terraloom.archive.manifest import find, to_payload
from terraloom.fetching.validators import confirm


class Outcome(Struct, frozen=True, kw_only=True):
    """How one poll ended. `moved` says whether anything in it was new."""

    poll: str
    source: str
    error: str = ""
    moved: bool = False
    lag_s: float | None = None  # receipt to commit; None when nothing was received
    breaker: str = "closed"


class Schedule(Struct, frozen=True, kw_only=True):
    """One row of `schedules`, with whether the source is paused."""

    source: str
    every_s: float
    last_slot: datetime | None
    triggered_at: datetime | None
    missed: int
    paused: bool


COUNTS = (
    *("records", "rejected", "duplicate", "stale"),
    *("created", "updated", "correlated", "merged", "split", "retracted"),
    *("observed", "revised", "withdrawn", "flagged"),
)

CLOSE = """
INSERT INTO source_state AS s (source, last_poll_at, last_ok_at, last_new_at, last_error, last_error_at,
                               consecutive_failures, breaker, polls, errors, lag_s, last_poll)
SELECT %(source)s, now(), CASE WHEN ok THEN now() END, CASE WHEN %(moved)s THEN now() END, %(error)s,
       CASE WHEN NOT ok THEN now() END, CASE WHEN ok THEN 0 ELSE 1 END, %(breaker)s, 1,
       CASE WHEN ok THEN 0 ELSE 1 END, %(lag_s)s, %(poll)s
FROM (SELECT %(error)s = '' AS ok) AS _
ON CONFLICT (source) DO UPDATE SET
    last_poll_at = excluded.last_poll_at,
    last_ok_at = coalesce(excluded.last_ok_at, s.last_ok_at),
    last_new_at = coalesce(excluded.last_new_at, s.last_new_at),
    last_error = CASE WHEN excluded.errors = 0 THEN s.last_error ELSE excluded.last_error END,
    last_error_at = coalesce(excluded.last_error_at, s.last_error_at),
    consecutive_failures = CASE WHEN excluded.errors = 0 THEN 0 ELSE s.consecutive_failures + 1 END,
    breaker = excluded.breaker,
    polls = s.polls + 1,
    errors = s.errors + excluded.errors,
    lag_s = coalesce(excluded.lag_s, s.lag_s),
    last_poll = excluded.last_poll
WHERE s.last_poll <> excluded.last_poll
"""


def clock(connection: Connection[Any]) -> datetime:
    """Now, by the database's clock."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now


def close(connection: Connection[Any], outcome: Outcome) -> bool:
    """Write how a poll ended; False, and nothing, when it was written before. Does not commit."""
    written = connection.execute(
        CLOSE,
        {
            "poll": outcome.poll,
            "source": outcome.source,
            "error": outcome.error,
            "moved": outcome.moved,
            "lag_s": outcome.lag_s,
            "breaker": outcome.breaker,
        },
    )
    return written.rowcount > 0


def counts(connection: Connection[Any], payload_ids: Sequence[UUID]) -> dict[str, int]:
    """What became of these payloads, summed by outcome."""
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint AS {name}" for name in COUNTS)
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            f"SELECT {sums} FROM ingests WHERE payload_id = ANY (%s)", [list(payload_ids)]
        ).fetchone()
    assert found is not None
    return found


def accepted(counts: Mapping[str, int]) -> int:
    """Records among those counted that said something new."""
    return counts.get("records", 0) - sum(counts.get(name, 0) for name in ("rejected", "duplicate", "stale"))


def confirm_validators(connection: Connection[Any], payload_ids: Sequence[str]) -> None:
    """From now on, ask for the urls of these payloads only if they changed. Does not commit."""
    confirm(connection, [to_payload(find(connection, UUID(i)), b"") for i in payload_ids])


def set_paused(connection: Connection[Any], source_id: str, paused: bool) -> None:
    """Pause or resume a source. A resumed one is polled at its next slot. Does not commit."""
    connection.execute(
        "INSERT INTO source_state (source, paused) VALUES (%s, %s) "
        "ON CONFLICT (source) DO UPDATE SET paused = excluded.paused",
        [source_id, paused],
    )


def trigger(connection: Connection[Any], source_id: str, every_s: float) -> None:
    """Ask for one poll now; a worker hands it out within about a second, paused or not. Does not commit."""
    connection.execute(
        "INSERT INTO schedules (source, every_s, triggered_at) VALUES (%s, %s, clock_timestamp()) "
        "ON CONFLICT (source) DO UPDATE SET triggered_at = excluded.triggered_at",
        [source_id, every_s],
    )


def keep_schedules(connection: Connection[Any], every_s: Mapping[str, float]) -> None:
    """Make `schedules` hold these sources, and no other that nobody asks for. Does not commit."""
    connection.execute(
        "INSERT INTO schedules (source, every_s) SELECT * FROM unnest(%s::text[], %s::float8[]) "
        "ON CONFLICT (source) DO UPDATE SET every_s = excluded.every_s "
        "WHERE schedules.every_s <> excluded.every_s",
        [list(every_s), list(every_s.values())],
    )
    connection.execute(
        "DELETE FROM schedules WHERE source <> ALL (%s) AND triggered_at IS NULL", [list(every_s)]
    )


def schedules(connection: Connection[Any], *, lock: str | None = None) -> list[Schedule]:
    """
    All schedules by source; with `lock`, only that one, locked until the transaction ends (none when
    another worker holds it).
    """
    query = (
        "SELECT s.source, s.every_s, s.last_slot, s.triggered_at, s.missed, "
        "coalesce(t.paused, false) AS paused FROM schedules AS s LEFT JOIN source_state AS t USING (source) "
    )
    with connection.cursor(row_factory=class_row(Schedule)) as cursor:
        if lock is None:
            return cursor.execute(query + "ORDER BY source").fetchall()
        return cursor.execute(query + "WHERE source = %s FOR UPDATE OF s SKIP LOCKED", [lock]).fetchall()


def hand_out(connection: Connection[Any], source_id: str, slot: datetime, missed: int) -> None:
    """Note that `slot` was handed out and that `missed` ones passed before it. Does not commit."""
    connection.execute(
        "UPDATE schedules SET last_slot = greatest(last_slot, %(slot)s), missed = missed + %(missed)s, "
        "last_missed_at = CASE WHEN %(missed)s > 0 THEN now() ELSE last_missed_at END "
        "WHERE source = %(source)s",
        {"source": source_id, "slot": slot, "missed": missed},
    )


def trigger_done(connection: Connection[Any], source_id: str, asked_at: datetime) -> None:
    """Note that the poll asked for at `asked_at` was handed out; a later wish stays. Does not commit."""
    connection.execute(
        "UPDATE schedules SET triggered_at = NULL WHERE source = %s AND triggered_at <= %s",
        [source_id, asked_at],
    )
