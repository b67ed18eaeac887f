"""
The queue: rows of `backfill_jobs`, which are the truth, and what may be done with them.

Each attempt at a job is one DBOS workflow whose id follows from job and attempt (`workflow_id`). A row says
which attempt counts; what any other does later changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg import Connection
from psycopg.rows import class_row, dict_row

from terraloom.backfill.jobs import Campaign, Job
from terraloom.backfill.ledger import Noted, note
from terraloom.backfill.verdict import Caught, Verdict
from terraloom.backfill.windows import as_range, as_window
from terraloom.db import bulk
from terraloom.db.patterns import containing
from terraloom.records import derived_id

SQL = bulk.statements(files("terraloom.backfill").joinpath("queue.sql").read_text())
BATCH = 5000  # jobs in one statement


class Planned(Struct, frozen=True):
    """What became of planned jobs: new ones, known ones that are wanted again, the others."""

    jobs: int = 0
    new: int = 0
    again: int = 0

    @property
    def left_alone(self) -> int:
        """Known before, or (of gaps) held already."""
        return self.jobs - self.new - self.again


class Attempt(Struct, frozen=True):
    """One try at one job, as it is handed out."""

    job: UUID
    number: int
    priority: int

    @property
    def workflow_id(self) -> str:
        return workflow_id(self.job, self.number)


class Lane(Struct, frozen=True):
    """Jobs of one kind for one host: how many of the host are at work, and began in the past minute."""

    host: str
    kind: str
    running: int
    lately: int


class Left(Struct, frozen=True):
    """What there is to do yet; those paused are counted among the pending."""

    pending: int
    paused: int
    running: int

    @property
    def nothing(self) -> bool:
        """Whether waiting is of no use."""
        return self.pending == self.paused and not self.running


class Chosen(Struct, frozen=True, kw_only=True):
    """Which jobs an operator means; what is None chooses nothing out. `says` is a part of the reason."""

    job: UUID | None = None
    campaign: UUID | None = None
    kind: str | None = None
    host: str | None = None
    source: str | None = None
    says: str = ""
    reason: str | None = None  # as `views.reasons` tells it


def workflow_id(job: UUID, attempt: int) -> str:
    """The id of the workflow of one attempt: the same whichever worker hands it out."""
    return f"job:{job}:{attempt}"


def campaign_id(campaign: Campaign) -> UUID:
    """The same wish twice is one campaign, whatever its priority."""
    window = campaign.window
    span = (window.start.isoformat(), window.end.isoformat()) if window else ()
    said = [part for item in sorted(campaign.parameters.items()) for part in item]
    step = str(campaign.step_s)
    return derived_id("campaign", campaign.kind, campaign.source, campaign.series, step, *span, *said)


def keep_campaign(connection: Connection[Any], campaign: Campaign) -> UUID:
    """Write a campaign down, once. Does not commit."""
    found = campaign_id(campaign)
    connection.execute(
        SQL["campaign"],
        {
            "id": found,
            "kind": campaign.kind,
            "source": campaign.source,
            "series": campaign.series,
            "span": as_range(campaign.window) if campaign.window else None,
            "parameters": _json(campaign.parameters),
            "step_s": campaign.step_s,
            "priority": campaign.priority,
        },
    )
    return found


def plan(
    connection: Connection[Any],
    campaign: UUID,
    jobs: Sequence[Job],
    *,
    gaps: bool = False,
    parent: UUID | None = None,
) -> Planned:
    """
    Write jobs down: a known one (the same window) is left alone, whatever became of it. Does not commit.

    With `gaps`, jobs whose window the ledger holds are not planned, and known ones that ended without are
    wanted again.
    """
    unique = list({job.id: job for job in jobs}.values())
    found = [
        row[0]
        for at in range(0, len(unique), BATCH)
        for row in connection.execute(
            SQL["seed"],
            {"campaign": campaign, "parent": parent, "gaps": gaps, **_columns(unique[at : at + BATCH])},
        ).fetchall()
    ]
    return Planned(len(jobs), new=sum(found), again=len(found) - sum(found))


def _columns(jobs: Sequence[Job]) -> dict[str, list[Any]]:
    return {
        "id": [job.id for job in jobs],
        "kind": [job.kind for job in jobs],
        "source": [job.source for job in jobs],
        "series": [job.series for job in jobs],
        "host": [job.host for job in jobs],
        "span": [as_range(job.window) if job.window else None for job in jobs],
        "parameters": [_json(job.parameters) for job in jobs],
        "priority": [job.priority for job in jobs],
    }


def lanes(connection: Connection[Any]) -> list[Lane]:
    """Where jobs wait that nobody paused."""
    with connection.cursor(row_factory=class_row(Lane)) as cursor:
        return cursor.execute(SQL["lanes"]).fetchall()


def following(connection: Connection[Any], rooms: Sequence[tuple[Lane, int]]) -> list[tuple[str, Attempt]]:
    """The next jobs of each lane, at most so many, locked; with their hosts, the most urgent first."""
    rows = connection.execute(
        SQL["next"],
        {
            "hosts": [lane.host for lane, _ in rooms],
            "kinds": [lane.kind for lane, _ in rooms],
            "rooms": [room for _, room in rooms],
        },
    ).fetchall()
    return [(host, Attempt(job, number, priority)) for host, job, number, priority in rows]


def mark_handed(connection: Connection[Any], attempts: Sequence[Attempt]) -> None:
    """Note that these were handed to the workers. Does not commit."""
    connection.execute(SQL["handed"], {"ids": [attempt.job for attempt in attempts]})


def load(connection: Connection[Any], job: UUID, attempt: int) -> Caught:
    """
    What an attempt begins with: its job, and what it had fetched before its worker died. Without a job where
    this attempt does not count (any more).
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(SQL["job"], {"id": job, "attempt": attempt}).fetchone()
    if row is None:
        return Caught()
    window, failures, caught = as_window(row.pop("span")), row.pop("failures"), row.pop("caught")
    if caught is not None:
        return msgspec.convert(caught, Caught)
    return Caught(job=Job(window=window, **row), failures=failures, fetched=False)


def keep(connection: Connection[Any], job: UUID, attempt: int, caught: Caught) -> None:
    """Note what an attempt has fetched, so that another worker need not ask again. Does not commit."""
    connection.execute(SQL["keep"], {"id": job, "attempt": attempt, "caught": _json(caught)})


def close(connection: Connection[Any], job: Job, attempt: int, verdict: Verdict, *, worker: str) -> bool:
    """
    Write how an attempt ended: the job, its history, the ledger, and what is to be done instead. All in the
    caller's transaction; False, and nothing, where it does not count (any more).
    """
    ids = [UUID(payload) for payload in verdict.payloads]
    told: dict[str, Any] = {
        "id": job.id,
        "attempt": attempt,
        "state": verdict.state,
        "outcome": verdict.outcome,
        "error": verdict.outcome in ("again", "failed"),
        "says": verdict.says,
        "wait": timedelta(seconds=verdict.wait_s),
        "duration_s": verdict.duration_s,
        "payloads": len(ids),
        "ids": ids,
        "rows": verdict.rows,
        "bytes": verdict.bytes,
        "worker": worker,
    }
    row = connection.execute(SQL["close"], told).fetchone()
    if row is None:
        return False
    if verdict.held or verdict.empty:
        held, empty = verdict.held, verdict.empty
        noted = Noted(source=job.source, series=job.series, held=held, empty=empty, rows=verdict.new)
        note(connection, noted)
    if verdict.instead:
        plan(connection, row[0], verdict.instead, parent=job.id, gaps=True)
    return True


def lost(connection: Connection[Any], lease: timedelta) -> list[tuple[UUID, int, str | None]]:
    """Jobs at work whose workflow ended without a word: job, attempt, and how it ended."""
    return connection.execute(SQL["lost"], {"lease": lease}).fetchall()


def left(connection: Connection[Any]) -> Left:
    """What there is to do yet."""
    with connection.cursor(row_factory=class_row(Left)) as cursor:
        found = cursor.execute(SQL["left"]).fetchone()
    assert found is not None
    return found


def retry(connection: Connection[Any], chosen: Chosen, *, cancelled: bool = False) -> int:
    """Ask for failed jobs again (with `cancelled`, for those too); returns how many. Does not commit."""
    states = ["failed", "cancelled"] if cancelled else ["failed"]
    return connection.execute(SQL["again"], {**_chosen(chosen), "states": states}).rowcount


def cancel(connection: Connection[Any], chosen: Chosen) -> int:
    """Give up jobs that wait or are at work; returns how many. Does not commit."""
    return connection.execute(SQL["cancel"], _chosen(chosen)).rowcount


def pause(connection: Connection[Any], what: str, name: str) -> None:
    """Hand out nothing of a kind or for a host until it is resumed. Does not commit."""
    connection.execute(
        "INSERT INTO backfill_pauses (what, name) VALUES (%s, %s) ON CONFLICT DO NOTHING", [what, name]
    )


def resume(connection: Connection[Any], what: str, name: str) -> bool:
    """End a pause; False where there was none. Does not commit."""
    deleted = connection.execute("DELETE FROM backfill_pauses WHERE what = %s AND name = %s", [what, name])
    return deleted.rowcount > 0


def _chosen(chosen: Chosen) -> dict[str, Any]:
    return {**msgspec.structs.asdict(chosen), "says": containing(chosen.says)}


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
