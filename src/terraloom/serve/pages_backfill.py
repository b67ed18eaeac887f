"""`/backfill`: each campaign with its progress and a calendar of its windows, and why jobs failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from msgspec import Struct

from terraloom.backfill import views
from terraloom.backfill.ledger import ledger
from terraloom.backfill.views import Calendar, Cell
from terraloom.polling.alarms import alarms
from terraloom.serve.access import Reading, may_read
from terraloom.serve.answers import reply
from terraloom.serve.failures import ApiError
from terraloom.serve.forms import form_of, in_forms
from terraloom.serve.rendering import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])

DRAWN = 6  # campaigns with a calendar; the others have theirs on a page of their own
FAILED, GAPS = 30, 20  # rows
STATES = {
    "done": "all done",
    "part": "partly done",
    "running": "at work",
    "waiting": "waiting",
    "failed": "with failures",
    "cancelled": "given up",
}


class Square(Struct, frozen=True):
    """One cell as it is drawn: column and row, what it is like, and its words."""

    x: int
    y: int
    state: str
    says: str


class Drawn(Struct, frozen=True):
    """A calendar as it is drawn: names of its rows, and its squares."""

    unit: str
    columns: int
    rows: list[str]
    squares: list[Square]


@in_forms(router, "/backfill", "json")
def backfill(request: Request, connection: Reading) -> Response:
    """All campaigns, those under way first."""
    found = views.campaigns(connection)
    told: dict[str, Any] = {
        "campaigns": found,
        "failures": views.reasons(connection),
        "gaps": ledger(connection, gaps=True)[:GAPS],
        "pauses": views.pauses(connection),
    }
    if form_of(request) == "json":
        return reply(request, told)
    return page(
        request,
        "backfill.html",
        alarms=[one for one in alarms(connection) if one.state.startswith("jobs")],
        calendars={one.id: drawn(views.calendar(connection, one)) for one in found[:DRAWN]},
        states=STATES,
        failed=[],
        only=None,
        **told,
    )


@in_forms(router, "/backfill/{campaign_id}", "json")
def campaign(request: Request, connection: Reading, campaign_id: UUID) -> Response:
    """One campaign, with the jobs of it that failed."""
    found = views.campaigns(connection, only=campaign_id)
    if not found:
        raise ApiError(404, "not_found", f"no campaign {campaign_id}", "campaign_id")
    calendar = views.calendar(connection, found[0])
    told: dict[str, Any] = {
        "failures": views.reasons(connection, campaign=campaign_id),
        "failed": views.jobs(connection, state="failed", campaign=campaign_id, limit=FAILED),
    }
    if form_of(request) == "json":
        return reply(request, {"campaign": found[0], "calendar": calendar, **told})
    return page(
        request,
        "backfill.html",
        campaigns=found,
        calendars={campaign_id: drawn(calendar)},
        alarms=[],
        gaps=ledger(connection, source=found[0].source, gaps=True)[:GAPS],
        pauses=views.pauses(connection),
        states=STATES,
        only=found[0],
        **told,
    )


def drawn(calendar: Calendar) -> Drawn:
    """Days in rows of a month, months in rows of a year, years in rows of a decade."""
    places = [_place(calendar.unit, cell.start) for cell in calendar.cells]
    rows = sorted({row for row, _ in places})
    columns = {"day": 31, "month": 12, "year": 10}[calendar.unit]
    squares = [
        Square(column, rows.index(row), state_of(cell), _says(calendar.unit, cell))
        for (row, column), cell in zip(places, calendar.cells, strict=True)
    ]
    return Drawn(calendar.unit, columns, rows, squares)


def state_of(cell: Cell) -> str:
    """One word of `STATES` for all windows of a cell: what asks for attention first."""
    if cell.failed:
        return "failed"
    if cell.running:
        return "running"
    if cell.done == cell.jobs:
        return "done"
    if cell.cancelled + cell.done == cell.jobs:
        return "cancelled"
    return "part" if cell.done else "waiting"


def _place(unit: str, start: datetime) -> tuple[str, int]:
    """The row's name and the column's number."""
    if unit == "day":
        return f"{start:%Y-%m}", start.day - 1
    if unit == "month":
        return f"{start.year:04}", start.month - 1
    return f"{start.year // 10}0s", start.year % 10


def _says(unit: str, cell: Cell) -> str:
    name = f"{cell.start:{ {'day': '%Y-%m-%d', 'month': '%Y-%m', 'year': '%Y'}[unit] }}"
    parts = [f"{cell.done} of {cell.jobs} done"]
    parts += [f"{n} {word}" for n, word in ((cell.failed, "failed"), (cell.running, "at work")) if n]
    return f"{name}: {', '.join(parts)}, {cell.rows:,} records"
