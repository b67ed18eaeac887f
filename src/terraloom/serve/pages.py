"""The pages people read. Each has its JSON at the same address: ``.json``, or by the Accept header."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from terraloom.hazards import query
from terraloom.hazards.query import Filters
from terraloom.polling.alarms import alarms
from terraloom.serve import words
from terraloom.serve.access import COOKIE, Reading, may_read, now, reader, runtime
from terraloom.serve.answers import reply
from terraloom.serve.failures import ApiError
from terraloom.serve.health import judge
from terraloom.serve.parameters import EventQuery
from terraloom.serve.rendering import STATIC, page, wants_json
from terraloom.sources import registry

router = APIRouter(include_in_schema=False, dependencies=[Depends(may_read)])
entrance = APIRouter(include_in_schema=False)

FIRST_ROWS = 150
TIMES = {"": "any time", "1h": "the last hour", "24h": "24 hours", "7d": "7 days", "30d": "30 days"}
SPANS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
SIGNED_IN_S = 30 * 86400


@router.get("/")
@router.get("/events.json")
def home(request: Request, connection: Reading) -> Response:
    """The live map with its list."""
    chosen = _chosen(request)
    found = query.events(connection, _filters(chosen, now(request)), limit=FIRST_ROWS)
    if _as_json(request):
        return reply(request, found)
    agencies = sorted({source.info.agency for source in registry().values()})
    return page(request, "home.html", page=found, chosen=chosen, times=TIMES, agencies=agencies)


@router.get("/events/{event_id}")
@router.get("/events/{event_id}.json")  # the last decorator is the first route, and so the first match
def event(request: Request, connection: Reading, event_id: UUID) -> Response:
    """The story of one event."""
    window = runtime(request).settings.correlation.earthquake
    story = query.story(connection, event_id, window=window)
    if story is None:
        raise ApiError(404, "not_found", f"no event {event_id}", "event_id")
    if _as_json(request):
        return reply(request, story)
    return page(request, "event.html", story=story, steps=words.steps(story))


@router.get("/sources")
@router.get("/sources.json")
def sources(request: Request, connection: Reading) -> Response:
    """The health of every source."""
    states = query.source_states(connection)
    found = judge(registry().values(), states, runtime(request).settings, datetime.now(UTC))
    if _as_json(request):
        return reply(request, found)
    counts: dict[str, int] = {}
    for one in found:
        counts[one.condition] = counts.get(one.condition, 0) + 1
    return page(request, "sources.html", sources=found, counts=counts, alarms=alarms(connection))


@router.get("/doubtful")
@router.get("/doubtful.json")
def doubtful(request: Request, connection: Reading, cursor: str = "") -> Response:
    """Pairs for a person to decide."""
    found = query.doubtful(connection, limit=50, cursor=cursor)
    return reply(request, found) if _as_json(request) else page(request, "doubtful.html", page=found)


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
    return page(request, "api.html", groups=groups)


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
    app.include_router(router)
    app.include_router(entrance)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")


def _as_json(request: Request) -> bool:
    return request.url.path.endswith(".json") or wants_json(request)


def _chosen(request: Request) -> dict[str, Any]:
    """The filters of the address, as the form shows them."""
    given = request.query_params
    return {
        "type": given.getlist("type"),
        "alert": given.getlist("alert"),
        **{name: given.get(name, "") for name in ("min_magnitude", "time", "agency", "q")},
    }


def _filters(chosen: dict[str, Any], at: datetime) -> Filters:
    """The same as filters; an address that makes no sense filters nothing."""
    given = {name: value for name, value in chosen.items() if value and name != "time"}
    if "agency" in given:
        given["agency"] = [given["agency"]]
    if chosen["time"] in SPANS:
        given["active_since"] = at - SPANS[chosen["time"]]
    try:
        return EventQuery(**given).filters()
    except ValidationError:
        return Filters()
