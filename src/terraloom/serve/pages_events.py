"""`/events`: the list with its filters, and the story of one event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from terraloom.hazards import query
from terraloom.hazards.query import Filters
from terraloom.serve import words
from terraloom.serve.access import Reading, may_read, now, runtime
from terraloom.serve.answers import reply
from terraloom.serve.failures import ApiError
from terraloom.serve.forms import form_of, in_forms, rows_as_csv
from terraloom.serve.parameters import EventQuery
from terraloom.serve.rendering import page
from terraloom.sources import registry

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])

ROWS, CSV_ROWS = 100, 10_000
TIMES = {"": "any time", "1h": "the last hour", "24h": "24 hours", "7d": "7 days", "30d": "30 days"}
SPANS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
STATES = {
    "current": "current",
    "retracted": "retracted",
    "merged": "merged into another",
    "all": "all",
}
FIELDS = (
    "id event_type title state merged_into lon lat depth_km onset onset_year updated_at valid_until "
    "magnitude magnitude_type alert score agencies reports place country distance_km population_100km url"
).split()
SINGLE = ("min_magnitude", "time", "agency", "q", "state", "since", "until", "bbox", "source", "cursor")


@in_forms(router, "/events", "json", "csv")
def events(request: Request, connection: Reading) -> Response:
    """All events that pass the filters, page by page; those withdrawn and merged too, where asked for."""
    chosen = chosen_filters(request)
    form = form_of(request)
    wanted, problem = filters_of(chosen, now(request))
    limit = CSV_ROWS if form == "csv" else ROWS
    found = query.events(connection, wanted, limit=limit, cursor=chosen["cursor"], count=form == "html")
    if form == "csv":
        return rows_as_csv(request, found.events, FIELDS)
    if form == "json":
        return reply(request, found)
    return page(
        request,
        "events.html",
        page=found,
        chosen=chosen,
        problem=problem,
        times=TIMES,
        states=STATES,
        agencies=agencies(),
        query=urlencode(sorted(q for q in request.query_params.multi_items() if q[0] != "cursor" and q[1])),
    )


@in_forms(router, "/events/{event_id}", "json")
def event(request: Request, connection: Reading, event_id: UUID) -> Response:
    """The story of one event."""
    window = runtime(request).settings.correlation.earthquake
    story = query.story(connection, event_id, window=window)
    if story is None:
        raise ApiError(404, "not_found", f"no event {event_id}", "event_id")
    if form_of(request) == "json":
        return reply(request, story)
    return page(request, "event.html", story=story, steps=words.steps(story))


def agencies() -> list[str]:
    return sorted({source.info.agency for source in registry().values()})


def chosen_filters(request: Request) -> dict[str, Any]:
    """The filters of the address, as the form shows them."""
    given = request.query_params
    return {
        "type": given.getlist("type"),
        "alert": given.getlist("alert"),
        **{name: given.get(name, "") for name in SINGLE},
    }


def filters_of(chosen: dict[str, Any], at: datetime) -> tuple[Filters, str]:
    """The same as filters, and what is wrong with them: an address that makes no sense filters nothing."""
    given = {name: value for name, value in chosen.items() if value and name not in ("time", "cursor")}
    for name in ("agency", "source"):
        if name in given:
            given[name] = [given[name]]
    if chosen["time"] in SPANS:
        given["active_since"] = at - SPANS[chosen["time"]]
    try:
        return EventQuery(**given).filters(), ""
    except ValidationError as error:
        first = error.errors()[0]
        return Filters(), f"{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}"
