"""The simulated planet on a port: plain HTTP/1.1 with full control of the bytes, so that faults can be real.

Requests carry the original host in their Host header, or name it in the path:
``/earthquake.usgs.gov/…`` works in a browser. Everything under
``/_universe/`` is control, for loopback only (`control`).
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import socket
import struct
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

from msgspec import Struct

from terraloom.universe.clock import Clock
from terraloom.universe.faults import Fault, Faults, Kind, malform
from terraloom.universe.feeds.page import Page, floor
from terraloom.universe.planet import HOSTS, Planet

IDLE_S = 60.0
MAX_BODY = 1_000_000  # of a control request


class Request(Struct, frozen=True):
    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    peer: str  # address of the client

    @property
    def host(self) -> str:
        return self.headers.get("host", "").rpartition(":")[0] or self.headers.get("host", "")


class Reply(Struct, frozen=True):
    """An answer ready for the wire. `cut_at`: send only so many bytes of the body, then `reset` or close."""

    status: int
    headers: dict[str, str]
    body: bytes
    delay_s: float = 0.0
    cut_at: int | None = None
    reset: bool = False


Control = Callable[[Request], Awaitable[Reply]]


class Server:
    """Serves a planet on 127.0.0.1; `port` 0 takes a free one. Use as an async context manager."""

    def __init__(self, planet: Planet, clock: Clock, faults: Faults | None = None) -> None:
        self.planet, self.clock, self.faults = planet, clock, faults or Faults()
        self.control: Control | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.requests = 0
        self.port = 0

    async def start(self, port: int = 0) -> Server:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Server:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._connections.values():
            writer.transport.abort()
        await asyncio.gather(*self._connections)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "asyncio runs connections as tasks"
        self._connections[task] = writer
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass  # the client went away or spoke no HTTP: nothing to answer
        finally:
            del self._connections[task]
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; False when the connection is over."""
        async with asyncio.timeout(IDLE_S):
            request = await _read(reader, writer)
        if request is None:
            return False
        self.requests += 1
        reply = await self.answer(request)
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        return await _send(writer, reply, alive=request.headers.get("connection", "").lower() != "close")

    async def answer(self, request: Request) -> Reply:
        """The answer to a request, with its fault."""
        if request.target.startswith("/_universe/"):
            if self.control is None or request.peer not in ("127.0.0.1", "::1"):
                return self._plain(403, b"control is for loopback only\n")
            return await self.control(request)
        if request.method not in ("GET", "HEAD"):
            return self._plain(405, b"only GET\n")
        host, target = _addressed(request)
        return self._faulty(request, host, target, self.faults.draw(host))

    def _faulty(self, request: Request, host: str, target: str, fault: Fault) -> Reply:
        now = self.clock.now()
        later = timedelta(seconds=fault.seconds)
        if fault.kind is Kind.THROTTLE:
            return self._plain(429, b"slow down\n", {"Retry-After": f"{fault.seconds:.0f}"})
        if fault.kind is Kind.UNAVAILABLE:
            return self._plain(503, b"back soon\n", {"Retry-After": f"{fault.seconds:.0f}"})
        if fault.kind is Kind.ERROR:
            return self._plain(500, b"<html><body>Internal Server Error</body></html>")
        at = now - later if fault.kind is Kind.STALE else now
        skew = later if fault.kind is Kind.CLOCK else timedelta(0)
        page = self.planet.page(host, target, at, skew)
        if page is None:
            return self._plain(404, f"no simulated page {host}{target}\n".encode())
        body = malform(self.faults.rng, page.body) if fault.kind is Kind.MALFORMED else page.body
        reply = self._whole(request, page, body, now + skew)
        return _on_the_wire(reply, fault)

    def _whole(self, request: Request, page: Page, body: bytes, date: datetime) -> Reply:
        """A correct answer: validators, 304 where they match, gzip where the client takes it."""
        modified = floor(page.modified or date, timedelta(seconds=1))
        etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        headers = {
            "Date": _http_date(date),
            "Server": "terraloom-universe",
            "Content-Type": page.content_type,
            "ETag": etag,
            "Last-Modified": _http_date(modified),
            "Cache-Control": "max-age=60",
            "X-Simulated": "true",
        }
        if page.status == 200 and _unchanged(request, etag, modified if page.modified else None):
            return Reply(304, headers, b"")
        if "gzip" in request.headers.get("accept-encoding", "") and len(body) > 500:
            headers["Content-Encoding"], headers["Vary"] = "gzip", "Accept-Encoding"
            body = gzip.compress(body, compresslevel=3, mtime=0)
        headers["Content-Length"] = str(len(body))
        return Reply(page.status, headers, b"" if request.method == "HEAD" else body)

    def _plain(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> Reply:
        kind = "text/html" if body.startswith(b"<") else "text/plain; charset=utf-8"
        date = {"Date": _http_date(self.clock.now()), "Content-Type": kind, "Content-Length": str(len(body))}
        return Reply(status, date | (headers or {}), body)


def _addressed(request: Request) -> tuple[str, str]:
    """Upstream host and target: from the Host header, or from the first part of the path."""
    if request.host in HOSTS:
        return request.host, request.target
    first, _, rest = request.target.lstrip("/").partition("/")
    return (first, f"/{rest}") if first in HOSTS else (request.host, request.target)


def _unchanged(request: Request, etag: str, modified: datetime | None) -> bool:
    """RFC 9110, 13.2.2: If-None-Match decides where it is sent, else If-Modified-Since."""
    if "if-none-match" in request.headers:
        known = {tag.strip().removeprefix("W/") for tag in request.headers["if-none-match"].split(",")}
        return etag in known or "*" in known
    since = request.headers.get("if-modified-since")
    return since is not None and modified is not None and modified <= parsedate_to_datetime(since)


def _on_the_wire(reply: Reply, fault: Fault) -> Reply:
    half = len(reply.body) // 2
    if fault.kind is Kind.LATENCY:
        return Reply(reply.status, reply.headers, reply.body, delay_s=fault.seconds)
    if fault.kind in (Kind.RESET, Kind.TRUNCATE):
        return Reply(reply.status, reply.headers, reply.body, cut_at=half, reset=fault.kind is Kind.RESET)
    return reply


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """One request; None when the client has closed or sends what is no HTTP/1.1."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3:
        return None
    pairs = (line.partition(":") for line in lines if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY:
        return None
    body = await reader.readexactly(int(length))
    return Request(parts[0], parts[1], headers, body, writer.get_extra_info("peername")[0])


async def _send(writer: asyncio.StreamWriter, reply: Reply, *, alive: bool) -> bool:
    """Write an answer; False when the connection is over (asked for, cut, or reset)."""
    ended = reply.cut_at is not None or not alive
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines += ["Connection: close"] if ended else []
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    writer.write(reply.body[: reply.cut_at])
    await writer.drain()
    if reply.reset:
        await _reset(writer)
    return not ended


async def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: no lingering, so that the kernel tells the peer that the connection broke."""
    await asyncio.sleep(0.02)  # lets the first half arrive, as in a real break
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _http_date(instant: datetime) -> str:
    return format_datetime(instant.replace(microsecond=0), usegmt=True)
