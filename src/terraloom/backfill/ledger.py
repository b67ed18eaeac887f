"""The ledger: of what time the record holds all that a source has, by polls and by backfill alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.multirange import Multirange

from terraloom.backfill.jobs import Window
from terraloom.backfill.windows import as_range
from terraloom.db import bulk

SQL = bulk.statements(files("terraloom.backfill").joinpath("ledger.sql").read_text())
LOCK = "terraloom.ledger"
STEADY = 3.0  # intervals: polls no further apart have missed nothing between them


class Noted(Struct, frozen=True, kw_only=True):
    """What is to be added for one series. None stands for an archive as a whole."""

    source: str
    series: str = ""
    expected: Sequence[Window | None] = ()
    held: Sequence[Window | None] = ()
    empty: Sequence[Window | None] = ()
    rows: int = 0  # new records


@dataclass(frozen=True, slots=True)
class Span:
    """Time in the ledger, UTC; an end that is None is open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One series of one source. `missing` is what is expected and neither held nor known to be empty."""

    source: str
    series: str
    rows: int
    expected: list[Span]
    held: list[Span]
    empty: list[Span]
    missing: list[Span]


def note(connection: Connection[Any], noted: Noted) -> None:
    """Add to the ledger. Does not commit."""
    connection.execute(
        SQL["note"],
        {
            "source": noted.source,
            "series": noted.series,
            "expected": [as_range(window) for window in noted.expected],
            "held": [as_range(window) for window in noted.held],
            "empty": [as_range(window) for window in noted.empty],
            "rows": noted.rows,
        },
    )


def fold(connection: Connection[Any]) -> None:
    """Fold what was said into the rows of the ledger; of several workers one does it. Does not commit."""
    row = connection.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [LOCK]).fetchone()
    assert row is not None
    if row[0]:
        connection.execute(SQL["fold"])


def note_poll(
    connection: Connection[Any],
    source: str,
    payloads: Sequence[UUID],
    *,
    poll: str,
    every: timedelta,
    rows: int,
) -> None:
    """
    What a live poll held goes into its source's own line. Does not commit.

    Before `polling.state.close`, which moves the time of the last good poll.
    """
    asked = {"source": source, "payloads": list(payloads), "poll": poll, "steady": STEADY * every}
    found = connection.execute(SQL["spans_of_poll"], asked).fetchone()
    assert found is not None
    held, newest = found
    if held:
        noted = {"source": source, "series": "", "expected": [], "held": held, "empty": [], "rows": rows}
        connection.execute(SQL["note"], noted)
        connection.execute(SQL["newest"], {"source": source, "newest": newest})


def ledger(connection: Connection[Any], *, source: str | None = None, gaps: bool = False) -> list[Line]:
    """All lines by source and series; with `gaps`, those that miss something."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(SQL["ledger"], {"source": source, "gaps": gaps}).fetchall()
    return [_line(row) for row in rows]


def _line(row: dict[str, Any]) -> Line:
    spans = {name: _spans(row[name]) for name in ("expected", "held", "empty", "missing")}
    return Line(source=row["source"], series=row["series"], rows=row["rows"], **spans)


def _spans(ranges: Multirange[datetime]) -> list[Span]:
    return [Span(one.lower, one.upper) for one in ranges]
