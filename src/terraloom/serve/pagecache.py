"""
Pages and summaries that many read at once are made once.

A reply is kept for a second, and for fifteen more it is sent while a new one is made beside it; both only as
long as nothing is known to have changed (`version`). Only for readers without a key, on servers that are
open to all.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

import structlog
from msgspec import Struct
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

FRESH_S, USABLE_S = 1.0, 15.0
LARGEST, ALL = 4_000_000, 64_000_000  # bytes of one reply that is kept, and of all of them

OVERHEAD = 2_000  # bytes of a reply beside its body: key, headers, objects

SUMMARIES = ("/api/v1/stats", "/api/v1/graph", "/api/v1/timeline", "/api/v1/metrics", "/api/v1/sources/days")
NEVER = ("/api/", "/v1/", "/static/", "/signin")


class Kept(Struct, frozen=True):
    """One reply as it went out."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    version: Hashable
    at: float  # s, monotonic

    @property
    def size(self) -> int:
        return len(self.body) + OVERHEAD


class PageCache:
    """Sends kept replies to GET requests of pages and summaries."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        version: Callable[[], Hashable],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app, self._version, self._monotonic = app, version, monotonic
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._bytes = 0  # of all that is kept
        self._making: dict[Hashable, asyncio.Task[Kept]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        kept = self._kept.get(key)
        age = self._monotonic() - kept.at if kept else USABLE_S
        if kept is None or kept.version != self._version() or age >= USABLE_S:
            kept = await asyncio.shield(self._make(key, scope))
        elif age >= FRESH_S:
            self._make(key, scope)
        await _send(kept, scope, send)

    def _make(self, key: Hashable, scope: Scope) -> asyncio.Task[Kept]:
        """The task that makes the reply: one at a time for each, and a new one once something has changed."""
        version = self._version()
        task = self._making.get((key, version))
        if task is None:
            task = self._making[key, version] = asyncio.create_task(self._ask(key, scope, version))
            task.add_done_callback(lambda done: self._made((key, version), done))
        return task

    def _made(self, key: Hashable, task: asyncio.Task[Kept]) -> None:
        self._making.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("pagecache.failed", key=str(key), error=f"{type(error).__name__}: {error}")

    async def _ask(self, key: Hashable, scope: Scope, version: Hashable) -> Kept:
        at = self._monotonic()
        status, headers, parts = 0, list[tuple[bytes, bytes]](), list[bytes]()

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def keep(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self.app(_unconditional(scope), receive, keep)
        kept = Kept(status, headers, b"".join(parts), version, at)
        if status == 200 and len(kept.body) <= LARGEST:
            self._keep(key, kept)
        return kept

    def _keep(self, key: Hashable, kept: Kept) -> None:
        """In the place of the one before; those that were made longest ago make room."""
        before = self._kept.pop(key, None)
        self._kept[key] = kept
        self._bytes += kept.size - (before.size if before else 0)
        while self._bytes > ALL:
            self._bytes -= self._kept.popitem(last=False)[1].size


def _key(scope: Scope) -> Hashable | None:
    """What a reply depends on; None for what is never kept."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    path = scope["path"]
    if path.startswith(NEVER) and path not in SUMMARIES:
        return None
    headers = Headers(scope=scope)
    if "x-api-key" in headers:
        return None
    packed = "gzip" in headers.get("accept-encoding", "")
    return path, scope["query_string"], headers.get("accept", ""), headers.get("host", ""), packed


def _unconditional(scope: Scope) -> Scope:
    """The same request for the whole reply: who already holds it is answered here."""
    headers = [pair for pair in scope["headers"] if pair[0] not in (b"if-none-match", b"cookie")]
    return {**scope, "headers": headers}


async def _send(kept: Kept, scope: Scope, send: Send) -> None:
    status, headers, body = kept.status, MutableHeaders(raw=list(kept.headers)), kept.body
    asked = Headers(scope=scope).get("if-none-match", "")
    if status == 200 and headers.get("etag", "-") in [tag.strip() for tag in asked.split(",")]:
        status, body = 304, b""
        for name in ("content-length", "content-type", "content-encoding"):
            if name in headers:
                del headers[name]
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})
