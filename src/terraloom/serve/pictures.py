"""`/cards/…png`: the pictures that shared links show."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from terraloom.hazards import query
from terraloom.observations.catalogue import catalogue
from terraloom.serve import cards, figures, words
from terraloom.serve.access import Reading, may_read, runtime
from terraloom.serve.answers import etag, known_tags
from terraloom.serve.failures import ApiError
from terraloom.serve.summaries import shelf

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])

DAYS = 365


@router.get("/cards/events/{event_id}.png")
def event(request: Request, connection: Reading, event_id: UUID) -> Response:
    """A map with the event's place."""
    found = query.events_by_id(connection, [event_id]).get(event_id)
    if found is None:
        raise ApiError(404, "not_found", f"no event {event_id}", "event_id")
    told = f"{len(found.agencies)} {'agency' if len(found.agencies) == 1 else 'agencies'}"
    under = [words.TYPES[found.event_type], words.began(found), told]
    simulated = runtime(request).settings.simulated
    level = found.alert if found.state == "current" else None
    body = cards.event_card(
        found.title, under, level=level, lon=found.lon, lat=found.lat, simulated=simulated
    )
    return _picture(request, body)


@router.get("/cards/metrics/{metric_id}.png")
def metric(request: Request, metric_id: str) -> Response:
    """The metric's past year, day by day."""
    found = catalogue().get(metric_id)
    if found is None:
        raise ApiError(404, "not_found", f"no metric {metric_id}", "metric_id")
    lines = [line for line in shelf(request).timeline.lines if line.metric == metric_id]
    values = lines[0].values[-DAYS:] if lines else []
    last = next((value for value in reversed(values) if value is not None), None)
    under = [
        found.field,
        f"{figures.measured(last)} {figures.unit(found.unit)}" if last is not None else "no value yet",
    ]
    simulated = runtime(request).settings.simulated
    return _picture(request, cards.metric_card(found.title, under, values, simulated=simulated))


def _picture(request: Request, body: bytes) -> Response:
    headers = {"ETag": etag(body), "Cache-Control": "public, max-age=300"}
    if headers["ETag"] in known_tags(request):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="image/png", headers=headers)
