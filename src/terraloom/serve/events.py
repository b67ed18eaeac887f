"""`/api/v1/events`, `/changes`, `/doubtful`, `/quarantine`: what is known, and how it came to be."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from terraloom.hazards import query
from terraloom.hazards.views import ChangePage, EventPage, EventStory, LinkPage, QuarantinePage
from terraloom.serve.access import Reading, may_read, runtime
from terraloom.serve.answers import (
    GEOJSON,
    NOT_MODIFIED,
    Format,
    feature_collection,
    reply,
    story_feature,
    wants_geojson,
)
from terraloom.serve.failures import ApiError, documented
from terraloom.serve.parameters import Cursor, EventQuery, Limit, Sequence, Word

router = APIRouter(
    prefix="/api/v1", tags=["events"], dependencies=[Depends(may_read)], responses=documented(401, 422, 503)
)
GEO_REPLY: dict[int | str, dict[str, Any]] = {200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}}


@router.get("/events", response_model=EventPage, responses={**GEO_REPLY, **NOT_MODIFIED})
def list_events(request: Request, connection: Reading, wanted: Annotated[EventQuery, Query()]) -> Response:
    """Events, newest onset first. JSON, or GeoJSON by `format=geojson` or the Accept header."""
    page = query.events(
        connection, wanted.filters(), limit=wanted.limit, cursor=wanted.cursor, count=wanted.count
    )
    if wants_geojson(request, wanted.format):
        return reply(request, feature_collection(page), media_type=GEOJSON)
    return reply(request, page)


@router.get(
    "/events/{event_id}",
    response_model=EventStory,
    responses={**GEO_REPLY, **NOT_MODIFIED, **documented(404)},
)
def read_event(
    request: Request, connection: Reading, event_id: UUID, format: Format | None = None
) -> Response:
    """
    One event with its reports, decisions, links and surroundings.

    An event that was merged answers for itself, with `merged_into` and the `survivor` at the end of the
    chain: it is no redirect, because an operator may split it again.
    """
    found = query.story(connection, event_id, window=runtime(request).settings.correlation.earthquake)
    if found is None:
        raise ApiError(404, "not_found", f"no event {event_id}", "event_id")
    if wants_geojson(request, format):
        return reply(request, story_feature(found), media_type=GEOJSON)
    return reply(request, found)


@router.get("/changes", response_model=ChangePage, responses=NOT_MODIFIED)
def list_changes(request: Request, connection: Reading, after: Sequence = 0, limit: Limit = 100) -> Response:
    """The change feed: every change after a number, in commit order and without gaps."""
    return reply(request, query.changes(connection, after, limit=limit))


@router.get("/doubtful", response_model=LinkPage, responses=NOT_MODIFIED)
def list_doubtful(request: Request, connection: Reading, limit: Limit = 100, cursor: Cursor = "") -> Response:
    """Pairs of reports just outside the rules, for a person to decide."""
    return reply(request, query.doubtful(connection, limit=limit, cursor=cursor))


@router.get("/quarantine", response_model=QuarantinePage, responses=NOT_MODIFIED)
def list_quarantine(
    request: Request,
    connection: Reading,
    source: Annotated[list[Word] | None, Query(max_length=50)] = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Response:
    """Records that could not be read, with the reason and the first kilobytes of each."""
    return reply(request, query.quarantine(connection, source or (), limit=limit, cursor=cursor))
