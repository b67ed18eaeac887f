"""`POST /api/v1/browser-log`: what went wrong in a reader's browser, and how fast pages were: to our log."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
import structlog
from fastapi import APIRouter, Depends, Request, Response
from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool

from terraloom.serve.access import may_read
from terraloom.serve.failures import ApiError, documented

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/api/v1", tags=["status"])

LARGEST = 16_384  # bytes of a report
PER_MINUTE, EVERYBODY_PER_MINUTE = 30.0, 600.0
READERS = 10_000  # whose allowances are remembered

Text = Annotated[str, Meta(max_length=2000)]
Milliseconds = Annotated[float, Meta(ge=0, le=3.6e6)]


class BrowserError(Struct, frozen=True):
    """One thing that went wrong."""

    message: Text
    source: Text = ""
    line: int = 0
    column: int = 0
    stack: Text = ""


class Timings(Struct, frozen=True):
    """How a page came up, ms after it was asked for; what a browser does not tell is null."""

    first_byte: Milliseconds | None = None
    loaded: Milliseconds | None = None
    first_paint: Milliseconds | None = None
    largest_paint: Milliseconds | None = None
    long_tasks: Annotated[int, Meta(ge=0)] = 0
    long_tasks_ms: Milliseconds = 0.0
    layout_shift: Annotated[float, Meta(ge=0)] | None = None  # cumulative, without that after input


class BrowserReport(Struct, frozen=True):
    """One page view. `page` is its path, without what was searched for."""

    page: Text
    errors: Annotated[list[BrowserError], Meta(max_length=20)] = []
    timings: Timings | None = None


class Allowance:
    """`per_minute` reports each, refilled evenly; the readers seen last are remembered."""

    def __init__(self, per_minute: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self._monotonic = per_minute, monotonic
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def takes(self, reader: str) -> bool:
        """Whether one more is within the allowance; if so, it is taken."""
        now = self._monotonic()
        left, at = self._left.pop(reader, (self.per_minute, now))
        left = min(self.per_minute, left + (now - at) * self.per_minute / 60)
        self._left[reader] = (left - 1 if left >= 1 else left, now)
        while len(self._left) > READERS:
            self._left.popitem(last=False)
        return left >= 1


def described() -> dict[str, Any]:
    """The schema of a report in one piece: references would point into the whole API's description."""
    _, known = msgspec.json.schema_components([BrowserReport], ref_template="{name}")

    def whole(part: Any) -> Any:
        if isinstance(part, list):
            return [whole(one) for one in part]
        if not isinstance(part, dict):
            return part
        return whole(known[part["$ref"]]) if "$ref" in part else {k: whole(v) for k, v in part.items()}

    found: dict[str, Any] = whole(known["BrowserReport"])
    return found


each_reader, everybody = Allowance(PER_MINUTE), Allowance(EVERYBODY_PER_MINUTE)


@router.post(
    "/browser-log",
    status_code=204,
    responses=documented(401, 403, 413, 422, 429, 503),
    dependencies=[Depends(may_read)],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": described()}},
        }
    },
)
async def browser_log(request: Request) -> Response:
    """
    Errors and timings of a page view, sent by our own pages as they are left.

    Only from pages of this server, at most 16 kB and 30 reports a minute. They go to the log and nowhere
    else; no cookie, address or search text is kept.
    """
    _same_origin(request)
    reader = request.client.host if request.client else ""
    if not (each_reader.takes(reader) and everybody.takes("")):
        raise ApiError(429, "too_many", f"more than {PER_MINUTE:.0f} reports a minute")
    body = await _body(request)
    await run_in_threadpool(_write, body)
    return Response(status_code=204)


def _same_origin(request: Request) -> None:
    """Raise 403 for a page of another site; a client that is no browser says nothing and may."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise ApiError(403, "other_site", "reports come from pages of this server only")


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise ApiError(413, "too_large", f"expected at most {LARGEST} bytes")
    return body


def _write(body: bytes) -> None:
    try:
        report = msgspec.json.decode(body, type=BrowserReport)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError(422, "invalid", str(error)) from error
    page = urlsplit(report.page).path[:200]
    for one in report.errors:
        log.warning("browser.error", page=page, **msgspec.structs.asdict(one))
    if report.timings:
        log.info("browser.timings", page=page, **msgspec.structs.asdict(report.timings))
