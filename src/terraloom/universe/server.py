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
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Protocol

import numpy as np
from msgspec import Struct, structs

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
    """
    An answer ready for the wire. `cut_at`: send only so many bytes of the body, spread over `over_s`, then
    `reset` or close. A body in `blocks` is read while it is sent, in chunks: nobody knows its length before.
    """

    status: int
    headers: dict[str, str]
    body: bytes = b""
    delay_s: float = 0.0
    cut_at: int | None = None
    over_s: float = 0.0
    reset: bool = False
    blocks: Iterator[bytes] | None = None


class Upstream(Protocol):
    """A host that answers by itself: it takes any query, or streams what is too large to hold."""

    async def answer(
        self, request: Request, fault: Fault, now: datetime, rng: np.random.Generator
    ) -> Reply: ...

    async def close(self) -> None: ...


Control = Callable[[Request], Awaitable[Reply]]


class Server:
    """
    Serves a planet on 127.0.0.1, and `upstreams` by their host; `port` 0 takes a free one. Use as an async
    context manager.
    """

    def __init__(
        self,
        planet: Planet,
        clock: Clock,
        faults: Faults | None = None,
        upstreams: Mapping[str, Upstream] = MappingProxyType({}),
    ) -> None:
        self.planet, self.clock, self.faults = planet, clock, faults or Faults()
        self.upstreams = upstreams
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
        await self.stop()

    async def stop(self) -> None:
        self._server.close()
        for writer in self._connections.values():
            writer.transport.abort()
        await asyncio.gather(*self._connections)
        await self._server.wait_closed()
        for upstream in self.upstreams.values():
            await upstream.close()

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
        host, target = self._addressed(request)
        upstream = self.upstreams.get(host)
        if upstream is None and request.method not in ("GET", "HEAD"):
            return self._plain(405, b"only GET\n")
        fault = self.faults.draw(host)
        refusal = self._refusal(fault)
        if refusal is not None:
            return refusal
        if upstream is not None:
            asked = structs.replace(request, target=target)
            return await upstream.answer(asked, fault, self.clock.now(), self.faults.rng)
        return self._faulty(request, host, target, fault)

    def _refusal(self, fault: Fault) -> Reply | None:
        if fault.kind is Kind.THROTTLE:
            return self._plain(429, b"slow down\n", {"Retry-After": f"{fault.seconds:.0f}"})
        if fault.kind is Kind.UNAVAILABLE:
            return self._plain(503, b"back soon\n", {"Retry-After": f"{fault.seconds:.0f}"})
        if fault.kind is Kind.ERROR:
            return self._plain(500, b"<html><body>Internal Server Error</body></html>")
        return None

    def _faulty(self, request: Request, host: str, target: str, fault: Fault) -> Reply:
        now = self.clock.now()
        later = timedelta(seconds=fault.seconds)
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
            "Date": http_date(date),
            "Server": "terraloom-universe",
            "Content-Type": page.content_type,
            "ETag": etag,
            "Last-Modified": http_date(modified),
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

    def _addressed(self, request: Request) -> tuple[str, str]:
        """Upstream host and target: from the Host header, or from the first part of the path."""
        known = HOSTS.keys() | self.upstreams.keys()
        if request.host in known:
            return request.host, request.target
        first, _, rest = request.target.lstrip("/").partition("/")
        return (first, f"/{rest}") if first in known else (request.host, request.target)

    def _plain(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> Reply:
        kind = "text/html" if body.startswith(b"<") else "text/plain; charset=utf-8"
        date = {"Date": http_date(self.clock.now()), "Content-Type": kind, "Content-Length": str(len(body))}
        return Reply(status, date | (headers or {}), body)


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
    if fault.kind in (Kind.RESET, Kind.TRUNCATE, Kind.CUT):
        over = fault.seconds if fault.kind is Kind.CUT else 0.0
        return structs.replace(reply, cut_at=half, over_s=over, reset=fault.kind is Kind.RESET)
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
    lines += ["Transfer-Encoding: chunked"] if reply.blocks is not None else []
    lines += ["Connection: close"] if ended else []
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    await _send_body(writer, reply)
    if reply.reset:
        await _reset(writer)
    return not ended


async def _send_body(writer: asyncio.StreamWriter, reply: Reply) -> None:
    left = reply.cut_at if reply.cut_at is not None else float("inf")
    for block in [reply.body] if reply.blocks is None else reply.blocks:
        piece = block if len(block) <= left else block[: int(left)]
        chunked = reply.blocks is not None and piece
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        await writer.drain()
        left -= len(piece)
        if reply.cut_at:
            await asyncio.sleep(reply.over_s * len(piece) / reply.cut_at)
        if left <= 0:
            return
    if reply.blocks is not None:
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: no lingering, so that the kernel tells the peer that the connection broke."""
    await asyncio.sleep(0.02)  # lets the first half arrive, as in a real break
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def http_date(instant: datetime) -> str:
    return format_datetime(instant.replace(microsecond=0), usegmt=True)
