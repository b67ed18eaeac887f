"""A loopback server that answers byte by byte as told, so every fault is exact; time made by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from terraloom.sources import SourceInfo

Reply = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def http(status: str = "200 OK", body: bytes = b"", length: int | None = None, **headers: str) -> bytes:
    """A whole HTTP/1.1 reply; `length` states another Content-Length than the body has."""
    fields = {"Content-Length": str(len(body) if length is None else length), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


@dataclass
class Upstream:
    """Gives its replies in order, the last one for ever; keeps the heads of the requests."""

    base: str = ""
    replies: list[Reply] = field(default_factory=lambda: [http(body=b"hello")])
    requests: list[str] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    def url(self, path: str = "/feed") -> str:
        return self.base + path

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        reply = self.replies[min(len(self.requests), len(self.replies) - 1)]
        self.requests.append(head.decode())
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            if isinstance(reply, bytes):
                writer.write(reply)
                await writer.drain()
            else:
                await reply(writer)
        except ConnectionError:
            pass  # the client gave up first: that is what some tests are about
        finally:
            self.under_way -= 1
            writer.close()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Drop the connection as a crashed server does: RST, no reply."""
    writer.transport.abort()


@dataclass
class Time:
    """A clock that moves only when somebody sleeps, or by hand."""

    now_s: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now_s

    def clock(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=self.now_s)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds
        await asyncio.sleep(0)


def info(**changes: object) -> SourceInfo:
    given = {
        "id": "example-quakes",
        "title": "Quakes",
        "provider": "Example",
        "agency": "example",
        "url": "https://quakes.example/feed",
        "every": "60s",
        "licence": "public domain",
        "citation": "Example",
        "rate_per_minute": 60_000.0,
    }
    return SourceInfo(**{**given, **changes})
