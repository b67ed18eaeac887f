"""What is told of backfill: campaigns and their progress, failures and why, the story of one job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from terraloom.db import bulk
from terraloom.errors import ConfigError

SQL = bulk.statements(files("terraloom.backfill").joinpath("views.sql").read_text())

LATELY = timedelta(minutes=5)  # over which a rate is taken
MOST_CELLS = 800  # of a calendar; with more, its cells are longer
UNITS = {"day": 1.0, "month": 28.0, "year": 365.0}  # shortest length, days


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One campaign. `rate_per_s`: jobs ended a second of late; `left_s`: until the rest is, at that rate."""

    id: UUID
    kind: str
    source: str
    series: str
    start: datetime | None
    end: datetime | None
    parameters: Mapping[str, str]
    step_s: float
    priority: int
    created_at: datetime
    jobs: int
    pending: int
    paused: int
    running: int
    done: int
    failed: int
    cancelled: int
    hosts: int
    rows: int
    bytes: int
    last_ended_at: datetime | None
    rate_per_s: float
    left_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job in a list."""

    id: UUID
    campaign: UUID
    parent: UUID | None
    kind: str
    source: str
    series: str
    host: str
    start: datetime | None
    end: datetime | None
    priority: int
    state: str
    attempts: int
    failures: int
    due_at: datetime
    handed_at: datetime | None
    ended_at: datetime | None
    payloads: int
    rows: int
    bytes: int
    duration_s: float
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Jobs that failed for one reason. `reason` leaves numbers and addresses out; `says` is the newest."""

    reason: str
    jobs: int
    example: UUID
    says: str
    last: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The windows of a campaign that begin in one day, month or year."""

    start: datetime
    jobs: int
    done: int
    failed: int
    cancelled: int
    running: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A campaign by `unit` (day, month, year)."""

    unit: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing of this kind, or for this host, is handed out."""

    what: str
    name: str
    paused_at: datetime


def campaigns(connection: Connection[Any], *, only: UUID | None = None) -> list[Progress]:
    """All campaigns, those under way first, then the newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(SQL["campaigns"], {"id": only, "lately": LATELY}).fetchall()
        now = cursor.execute("SELECT clock_timestamp() AS now").fetchone()
    assert now is not None
    return [_progress(row, now["now"]) for row in rows]


def _progress(row: dict[str, Any], now: datetime) -> Progress:
    lately, since = row.pop("lately"), row.pop("lately_from")
    span_s = (now - since).total_seconds() if since else 0.0
    rate = lately / max(span_s, 1.0)
    left = row["pending"] - row["paused"] + row["running"]
    return Progress(**row, rate_per_s=rate, left_s=left / rate if rate else (None if left else 0.0))


def jobs(
    connection: Connection[Any], *, state: str | None = None, campaign: UUID | None = None, limit: int = 100
) -> list[JobRow]:
    """Jobs, those that ended last first."""
    asked = {"state": state, "campaign": campaign, "limit": limit}
    with connection.cursor(row_factory=class_row(JobRow)) as cursor:
        return cursor.execute(SQL["jobs"], asked).fetchall()


def reasons(connection: Connection[Any], *, campaign: UUID | None = None, limit: int = 20) -> list[Reason]:
    """Why jobs have failed, the most frequent reason first."""
    with connection.cursor(row_factory=class_row(Reason)) as cursor:
        return cursor.execute(SQL["reasons"], {"campaign": campaign, "limit": limit}).fetchall()


def calendar(connection: Connection[Any], campaign: Progress) -> Calendar:
    """A campaign's windows by days, or by months or years where those would be too many."""
    unit = unit_for(campaign.start, campaign.end, campaign.jobs)
    with connection.cursor(row_factory=class_row(Cell)) as cursor:
        cells = cursor.execute(SQL["calendar"], {"campaign": campaign.id, "unit": unit}).fetchall()
    return Calendar(unit=unit, cells=cells)


def unit_for(start: datetime | None, end: datetime | None, jobs: int) -> str:
    """The shortest unit that a window fits in, and of which the span has no more than `MOST_CELLS`."""
    days = (end - start) / timedelta(days=1) if start and end else 0.0
    window = days / max(1, jobs)
    fitting = (unit for unit, n in UNITS.items() if window <= 1.2 * n and days / n <= MOST_CELLS)
    return next(fitting, "year")


def pauses(connection: Connection[Any]) -> list[Pause]:
    """What is paused."""
    with connection.cursor(row_factory=class_row(Pause)) as cursor:
        return cursor.execute(
            "SELECT what, name, paused_at FROM backfill_pauses ORDER BY what, name"
        ).fetchall()


def explain(connection: Connection[Any], job: UUID) -> dict[str, Any] | None:
    """The whole story of a job: what it asks, why it waits, each attempt with its payloads. None: no such."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(SQL["job"], {"id": job}).fetchone()
        if found is None:
            return None
        attempts = cursor.execute(SQL["attempts"], {"id": job}).fetchall()
        for attempt in attempts:
            attempt["payloads"] = cursor.execute(SQL["payloads"], {"ids": attempt["payloads"]}).fetchall()
        before = cursor.execute(SQL["before"], {"id": job}).fetchone()
    assert before is not None
    return {**found, "before": before["count"] if found["state"] == "pending" else 0, "history": attempts}


def find(connection: Connection[Any], text: str, *, campaign: bool = False) -> UUID:
    """The id that begins so. Raises `ConfigError` where there is none, or are several."""
    what = "campaign" if campaign else "job"
    query = SQL["find_campaign" if campaign else "find"]
    known = set("0123456789abcdef-")
    prefix = text.lower()
    rows: Sequence[tuple[UUID]] = []
    if prefix and set(prefix) <= known:
        rows = connection.execute(query, {"prefix": prefix + "%"}).fetchall()
    if len(rows) != 1:
        raise ConfigError(
            what, text, f"the beginning of one {what}'s id" + (", not of several" if rows else "")
        )
    return rows[0][0]
