"""`/api/v1/stats`, `/graph`, `/timeline`, `/sources/days`: precomputed, sent from memory as they are."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from terraloom.caches import Cached, timeline
from terraloom.caches.store import PARQUET
from terraloom.serve.access import may_read
from terraloom.serve.answers import known_tags, reply
from terraloom.serve.failures import ApiError, documented
from terraloom.serve.parameters import Word
from terraloom.serve.shelf import Shelf

router = APIRouter(
    prefix="/api/v1", tags=["summaries"], dependencies=[Depends(may_read)], responses=documented(401, 503)
)
SENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}},
    304: {"description": "Nothing changed since the ETag that was sent."},
}


def shelf(request: Request) -> Shelf:
    """The bodies in memory."""
    found: Shelf = request.app.state.shelf
    return found


@router.get("/stats", response_class=Response, responses=SENT)
async def stats(request: Request) -> Response:
    """Headline counts: events by type, values by field, stations, payloads."""
    return send(request, _cached(request, "stats"))


@router.get("/graph", response_class=Response, responses=SENT)
async def graph(request: Request) -> Response:
    """Sources, metrics, stations and events as nodes, and what joins them as edges."""
    return send(request, _cached(request, "graph"))


@router.get(
    "/sources/days",
    response_class=Response,
    responses=SENT | {200: {"content": {"application/json": {"schema": {"type": "array"}}}}},
)
async def sources(request: Request) -> Response:
    """What each source is, its totals, and what it brought on each of the past thirty days."""
    return send(request, _cached(request, "sources"))


@router.get(
    "/timeline",
    response_class=Response,
    responses={
        **documented(422),
        **SENT,
        200: {
            "content": {
                "application/json": {"schema": {"type": "object"}},
                PARQUET: {"schema": {"type": "string", "format": "binary"}},
            }
        },
    },
)
async def read_timeline(
    request: Request,
    since: Annotated[date | None, Query(description="First day, UTC.")] = None,
    until: Annotated[date | None, Query(description="The day after the last one.")] = None,
    metric: Annotated[list[Word] | None, Query(max_length=200, description="May be repeated.")] = None,
    format: Annotated[Literal["json", "parquet"], Query(description="Parquet holds all days.")] = "json",
) -> Response:
    """Every day of every metric, over all its stations, each line from its own first day on."""
    if format == "parquet":
        if since or until or metric:
            message = "Parquet holds all days and metrics: no filter goes with it"
            raise ApiError(422, "invalid", message, "format")
        return send(request, _cached(request, "timeline", "parquet"))
    whole = _cached(request, "timeline")
    if not (since or until or metric):
        return send(request, whole)
    found = timeline.cut(shelf(request).timeline, since=since, until=until, metrics=set(metric or ()))
    return reply(request, found)


def send(request: Request, cached: Cached) -> Response:
    """A body as it is kept, compressed where the client takes that; 304 where it holds just that."""
    headers = {
        "ETag": cached.etag,
        "Cache-Control": "no-cache",
        "Vary": "Accept, Accept-Encoding",
        "Last-Modified": cached.built_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    if cached.etag in known_tags(request):
        return Response(status_code=304, headers=headers)
    if cached.gzip and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(cached.gzip, media_type=cached.media_type, headers=headers)
    return Response(cached.body, media_type=cached.media_type, headers=headers)


def _cached(request: Request, name: str, variant: str = "json") -> Cached:
    found = shelf(request).get(name, variant)
    if found is None:
        message = f"{name} has not been made yet: a worker does, or `terraloom caches refresh`"
        raise ApiError(503, "not_ready", message)
    return found
