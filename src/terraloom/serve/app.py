"""The web application: API, pages and live feed over one runtime."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from terraloom.runtime import Runtime
from terraloom.serve import (
    backfill,
    browserlog,
    events,
    failures,
    observations,
    operators,
    pages,
    pictures,
    retractions,
    socket,
    status,
    subscriptions,
    summaries,
)
from terraloom.serve.access import is_open
from terraloom.serve.headers import HeadAsGet, SecurityHeaders
from terraloom.serve.live import following
from terraloom.serve.pagecache import PageCache
from terraloom.serve.shelf import shelving

MAX_BODY = 1_000_000
COMPRESS_FROM = 1000

DESCRIPTION = """
The planet's open hazard feeds as one deduplicated, traceable record.

Times are UTC, longitude stands before latitude, distances are km. Errors have one shape:
`{"error": {"code", "message", "field"}}`. Reading is open on loopback; writing needs `X-API-Key`.
The change feed is also a WebSocket: `/api/v1/ws?after=SEQ`.
"""


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    runtime: Runtime, *, clock: Callable[[], datetime] = utc_now, speed: Callable[[], float] = lambda: 1.0
) -> FastAPI:
    """
    The app over an open runtime; it follows the outbox while it runs.

    `clock` is that of the record: a simulated planet's, where its time is not ours, with the `speed` at
    which it runs. What is relative to now is then right: "5 min ago", the last 24 hours.
    """
    app = FastAPI(
        title="Terraloom",
        summary="Hazards, deduplicated and traceable",
        description=DESCRIPTION,
        version=version("terraloom"),
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # they load scripts from elsewhere; /api is ours
        redoc_url=None,
        redirect_slashes=False,
        max_body_size=MAX_BODY,
        lifespan=_lifespan,
    )
    app.state.runtime = runtime
    app.state.clock, app.state.speed = clock, speed
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESS_FROM)
    app.add_middleware(SecurityHeaders, simulated=runtime.settings.simulated)
    if is_open(runtime.settings):
        app.add_middleware(PageCache, version=lambda: (app.state.feed.last, app.state.shelf.version))
    app.add_middleware(HeadAsGet)
    failures.install(app)
    parts = (
        events,
        observations,
        summaries,
        pictures,
        status,
        operators,
        backfill,
        retractions,
        subscriptions,
        browserlog,
        socket,
    )
    for part in parts:
        app.include_router(part.router)
    pages.mount(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with following(app.state.runtime) as feed, shelving(app.state.runtime) as shelf:
        app.state.feed, app.state.shelf = feed, shelf
        yield
