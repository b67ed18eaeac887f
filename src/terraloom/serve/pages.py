"""The pages people read. Each has its JSON at the same address: ``.json``, or by the Accept header."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from terraloom.hazards import query
from terraloom.observations.catalogue import catalogue
from terraloom.serve import (
    pages_backfill,
    pages_events,
    pages_metrics,
    pages_places,
    pages_sources,
    pages_timeline,
    reads,
)
from terraloom.serve.access import COOKIE, Reading, may_read, now, reader
from terraloom.serve.answers import reply
from terraloom.serve.forms import form_of, in_forms, rows_as_csv
from terraloom.serve.headlines import headlines
from terraloom.serve.pages_events import FIELDS, TIMES, agencies, chosen_filters, filters_of
from terraloom.serve.rendering import STATIC, page, wants_json

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])
entrance = APIRouter(include_in_schema=False)

FIRST_ROWS = 60  # more than a screen holds; the script brings the rest
RECENT = timedelta(hours=1)
NEWEST_CHANGES = 40
SIGNED_IN_S = 30 * 86400
EXAMPLES = {
    "events": "curl '{origin}/api/v1/events?type=EQ&min_magnitude=5&limit=10'",
    "summaries": "curl '{origin}/api/v1/timeline?since=2026-01-01&metric=planetary_k_index'",
    "observations": "curl '{origin}/api/v1/observations?metric=air_temperature&resolution=day&limit=10'",
    "status": "curl '{origin}/v1/health'",
    "backfill": "curl '{origin}/api/v1/backfill/campaigns'",
    "webhooks": "curl -H 'X-API-Key: …' '{origin}/api/v1/webhooks'",
}


@router.get("/")
def home(request: Request, connection: Reading) -> Response:
    """The live map with its list, what changed in the last hour, and the headline counts."""
    chosen = chosen_filters(request)
    at = now(request)
    wanted, problem = filters_of(chosen, at)
    found = query.events(connection, wanted, limit=FIRST_ROWS)
    form = form_of(request)
    if form == "csv":
        return rows_as_csv(request, found.events, FIELDS)
    if form == "json":
        return reply(request, found)
    return page(
        request,
        "home.html",
        page=found,
        chosen=chosen,
        problem=problem,
        layers=layers(connection),
        layer=request.query_params.get("layer", ""),
        headlines=headlines(request.app.state.shelf),
        times=TIMES,
        agencies=agencies(),
        hour=last_hour(connection, at),
    )


@in_forms(router, "/hour", "json")
def hour(request: Request, connection: Reading) -> Response:
    """What changed in the last hour, as the home page tells it."""
    found = last_hour(connection, now(request)) | {"headlines": headlines(request.app.state.shelf)}
    return reply(request, found) if form_of(request) == "json" else RedirectResponse("/?show=hour", 303)


def last_hour(connection: Reading, at: datetime) -> dict[str, Any]:
    """What changed in the hour up to `at`: events, counted and the newest of them, and values."""
    changes = reads.recent_changes(connection, at - RECENT, at)
    values = reads.recent_values(connection, at - RECENT, at)
    newest = changes[:NEWEST_CHANGES]
    events = query.events_by_id(connection, list({row["event_id"] for row in newest}))
    counts: dict[str, int] = {}
    for row in changes:
        counts[row["change"]] = counts.get(row["change"], 0) + 1
    return {
        "counts": counts,
        "changes": len(changes),
        "at_least": len(changes) >= reads.CHANGES_LOOKED_AT,
        "newest": [row | {"event": events.get(row["event_id"])} for row in newest],
        "observed": sum(row["observed"] for row in values),
        "revised": sum(row["revised"] for row in values),
        "sources": len(values),
        "by_source": [row for row in values if row["observed"]][:12],
    }


def layers(connection: Reading) -> list[tuple[str, list[tuple[str, str, str, int]]]]:
    """Metrics that can be put on the map, by field: id, title, unit, and how many stations have a place."""
    by_field: dict[str, list[tuple[str, str, str, int]]] = {}
    known = catalogue()
    for name, stations in reads.layers(connection).items():
        if name in known:
            by_field.setdefault(known[name].field, []).append(
                (name, known[name].title, known[name].unit, stations)
            )
    return [(field, sorted(found, key=lambda one: one[1])) for field, found in sorted(by_field.items())]


@in_forms(router, "/doubtful", "json")
def doubtful(request: Request, connection: Reading, cursor: str = "") -> Response:
    """Pairs for a person to decide."""
    found = query.doubtful(connection, limit=50, cursor=cursor)
    if form_of(request) == "json":
        return reply(request, found)
    return page(request, "doubtful.html", page=found)


@router.get("/api")
def api(request: Request) -> Response:
    """What the API offers, from its own description."""
    described = request.app.openapi()
    if wants_json(request):
        return reply(request, described)
    groups: dict[str, list[dict[str, str]]] = {}
    for path, methods in described["paths"].items():
        for method, call in methods.items():
            line = call.get("description", "").strip().split("\n")[0]
            groups.setdefault(call["tags"][0], []).append(
                {"method": method.upper(), "path": path, "summary": line}
            )
    return page(request, "api.html", groups=groups, examples=EXAMPLES)


@entrance.get("/signin")
def ask_for_key(request: Request) -> Response:
    """Where a browser gives its key, on a server that is not open."""
    return page(request, "signin.html", wrong=False)


@entrance.post("/signin")
async def take_key(request: Request) -> Response:
    """Keep a valid key in a cookie that scripts cannot see and other sites cannot use."""
    sent = parse_qs((await request.body()).decode("utf-8", "replace"))
    key = sent.get("key", [""])[0]
    if not key or await run_in_threadpool(reader, request, key) is None:
        return page(request, "signin.html", status=401, wrong=True)
    found = RedirectResponse("/", 303)
    secure = request.url.scheme == "https"
    found.set_cookie(COOKIE, key, SIGNED_IN_S, httponly=True, samesite="strict", secure=secure)
    return found


def mount(app: FastAPI) -> None:
    """Add the pages, the style sheet and, where they are built, the browser bundles."""
    for part in (pages_events, pages_sources, pages_metrics, pages_timeline, pages_places, pages_backfill):
        app.include_router(part.router)
    app.include_router(router)
    app.include_router(entrance)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
