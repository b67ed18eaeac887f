"""`/api/v1/observations`, `/metrics`, `/stations`: what was measured, and where."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from terraloom.observations import query
from terraloom.observations.formats import Format, write
from terraloom.observations.reading import page, pages
from terraloom.observations.views import (
    MetricSummary,
    SeriesStory,
    StationPage,
    StationSummary,
    ValuePage,
)
from terraloom.serve.access import POOL_TIMEOUT_S, Reading, may_read, runtime, store_of
from terraloom.serve.answers import NOT_MODIFIED, reply, reply_bytes
from terraloom.serve.failures import ApiError, documented
from terraloom.serve.observation_query import (
    DEFAULT_VALUES,
    MAX_VALUES,
    Code,
    ObservationQuery,
    StationQuery,
    Time,
)
from terraloom.serve.parameters import Word

router = APIRouter(
    prefix="/api/v1",
    tags=["observations"],
    dependencies=[Depends(may_read)],
    responses=documented(401, 422, 503),
)
STREAMED = 50_000  # rows of a piece of a file: each is read in a transaction of its own
MEDIA = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.ARROW: "application/vnd.apache.arrow.stream",
    Format.PARQUET: "application/vnd.apache.parquet",
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            MEDIA[Format.ARROW]: _BINARY,
            MEDIA[Format.PARQUET]: _BINARY,
        }
    }
}


@router.get("/observations", response_model=ValuePage, responses={**FILES, **NOT_MODIFIED})
def list_observations(
    request: Request, connection: Reading, wanted: Annotated[ObservationQuery, Query()]
) -> Response:
    """
    Values by metric, station and time: raw, by hour or by day.

    At least one of `metric`, `station`, `bbox` and `since` is needed. JSON comes in pages. CSV, an Arrow
    stream and Parquet, by `format` or the Accept header, hold all there is and are streamed.
    """
    format = _format(request, wanted)
    if format is not None:
        return _file(request, connection, wanted, format)
    limit = wanted.limit or DEFAULT_VALUES
    if limit > MAX_VALUES:
        raise ApiError(422, "invalid", f"at most {MAX_VALUES} in a page of JSON", "limit")
    return reply(
        request,
        query.values(connection, store_of(request), wanted.wanted(), limit=limit, cursor=wanted.cursor),
    )


@router.get(
    "/observations/explain", response_model=SeriesStory, responses={**NOT_MODIFIED, **documented(404)}
)
def explain_observation(
    request: Request, connection: Reading, metric: Word, station: Code, time: Time | None = None
) -> Response:
    """A series and its revised values; with `time`, every version of that value and where it was said."""
    story = query.explain(connection, store_of(request), metric, station, time)
    if story is None:
        raise ApiError(404, "not_found", f"no series of {metric} at {station}", "station")
    return reply(request, story)


@router.get("/metrics", response_model=list[MetricSummary], responses=NOT_MODIFIED)
def list_metrics(request: Request, connection: Reading) -> Response:
    """The catalogue: every metric with its unit, range and aggregate, and what there is of it."""
    return reply(request, query.metrics(connection))


@router.get("/metrics/{metric}", response_model=MetricSummary, responses={**NOT_MODIFIED, **documented(404)})
def read_metric(request: Request, connection: Reading, metric: Annotated[Word, Path()]) -> Response:
    """One metric."""
    found = query.metric(connection, metric)
    if found is None:
        raise ApiError(404, "not_found", f"no metric {metric!r}", "metric")
    return reply(request, found)


@router.get("/stations", response_model=StationPage, responses=NOT_MODIFIED)
def list_stations(
    request: Request, connection: Reading, wanted: Annotated[StationQuery, Query()]
) -> Response:
    """Stations by id, each with its series: how many values, from when to when, the newest."""
    found = query.stations(connection, wanted.filters(), limit=wanted.limit, cursor=wanted.cursor)
    return reply(request, found)


@router.get(
    "/stations/{agency}/{code:path}",
    response_model=StationSummary,
    responses={**NOT_MODIFIED, **documented(404)},
)
def read_station(
    request: Request, connection: Reading, agency: Annotated[Word, Path()], code: Annotated[Code, Path()]
) -> Response:
    """One station with its series. Its code may hold slashes."""
    found = query.station(connection, f"{agency}/{code}")
    if found is None:
        raise ApiError(404, "not_found", f"no station {agency}/{code}", "code")
    return reply(request, found)


def _format(request: Request, wanted: ObservationQuery) -> Format | None:
    """The file format that `?format=`, or else the Accept header, asks for; None: JSON."""
    if wanted.format is not None:
        return None if wanted.format == "json" else Format(wanted.format)
    accepted = request.headers.get("accept", "")
    return next((found for found, media in MEDIA.items() if media.split(";")[0] in accepted), None)


def _file(request: Request, connection: Any, wanted: ObservationQuery, format: Format) -> Response:
    """One body with an ETag where a piece holds everything; else a stream."""
    asked, store = wanted.wanted(), store_of(request)
    connect = partial(runtime(request).pool.connection, timeout=POOL_TIMEOUT_S)
    first = page(
        connection, store, asked, limit=min(STREAMED, wanted.limit or STREAMED), cursor=wanted.cursor
    )
    headers = {"Content-Disposition": f'attachment; filename="observations.{format}"'}
    if first.next is None or len(first) == wanted.limit:
        body = b"".join(write([first], asked.resolution, format))
        return reply_bytes(request, body, MEDIA[format], headers)
    left = wanted.limit and wanted.limit - len(first)
    rest = pages(connect, store, asked, size=STREAMED, limit=left, cursor=first.next)
    headers |= {"Cache-Control": "no-cache", "Vary": "Accept"}
    pieces = write(chain([first], rest), asked.resolution, format)
    return StreamingResponse(pieces, media_type=MEDIA[format], headers=headers)
