"""Replies that are made once for many readers, and never kept beyond what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from terraloom.serve.pagecache import ALL, FRESH_S, LARGEST, USABLE_S, PageCache


class World:
    """An app that counts how often it is asked, under a clock and a version that tests move."""

    def __init__(self) -> None:
        self.asked, self.now, self.version, self.status, self.padding = 0, 0.0, 0, 200, ""
        self.pause = asyncio.Event()
        self.pause.set()
        cache = PageCache(self.app, version=lambda: self.version, monotonic=lambda: self.now)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(cache), base_url="http://test")

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        n = self.asked
        await asyncio.sleep(0)
        await self.pause.wait()
        who = Request(scope).headers.get("x-api-key", "")
        text = f"{n}{who}{self.padding}"
        reply: Response = PlainTextResponse(text, self.status, {"ETag": f'W/"{n}"'})
        await reply(scope, receive, send)

    async def text(self, path: str = "/", **headers: str) -> str:
        return (await self.client.get(path, headers=headers)).text


@pytest.fixture
def world() -> World:
    return World()


async def test_many_readers_at_once_cost_one_reply(world: World) -> None:
    assert await asyncio.gather(*(world.text() for _ in range(20))) == ["1"] * 20


async def test_an_old_reply_is_sent_while_a_new_one_is_made(world: World) -> None:
    await world.text()
    world.now = FRESH_S + 0.1
    assert await world.text() == "1"
    await asyncio.sleep(0.01)
    assert await world.text() == "2"


@pytest.mark.parametrize(
    "change",
    [lambda w: setattr(w, "version", 1), lambda w: setattr(w, "now", USABLE_S + 1)],
    ids=["something changed", "too old"],
)
async def test_what_no_longer_holds_is_never_sent(world: World, change: Callable[[World], Any]) -> None:
    await world.text()
    change(world)
    assert await world.text() == "2"


@pytest.mark.parametrize("path", ["/api/v1/changes", "/v1/health", "/static/style.css", "/signin"])
async def test_some_replies_are_never_kept(world: World, path: str) -> None:
    assert [await world.text(path), await world.text(path)] == ["1", "2"]


async def test_a_reader_with_a_key_is_answered_for_himself(world: World) -> None:
    assert await world.text(**{"X-API-Key": "a"}) == "1a"
    assert await world.text() == "2"


async def test_failures_are_not_kept(world: World) -> None:
    world.status = 503
    await world.text()
    world.status = 200
    assert await world.text() == "2"


async def test_a_reply_that_was_begun_before_a_change_is_not_sent_after_it(world: World) -> None:
    world.pause.clear()
    early = asyncio.create_task(world.text())
    await asyncio.sleep(0.01)
    world.version = 1
    late = asyncio.create_task(world.text())
    await asyncio.sleep(0.01)
    world.pause.set()
    assert [await early, await late] == ["1", "2"]
    assert await world.text() == "2"


async def test_many_large_replies_do_not_fill_the_memory(world: World) -> None:
    world.padding = "." * (LARGEST - 10)
    for n in range(ALL // LARGEST + 1):
        await world.text(f"/?{n}")
    asked = world.asked
    assert (await world.text("/?0"))[:2] == str(asked + 1)
    assert (await world.text(f"/?{ALL // LARGEST}"))[:2] == str(asked)


async def test_who_holds_the_reply_gets_304(world: World) -> None:
    await world.text()
    reply = await world.client.get("/", headers={"If-None-Match": 'W/"1"'})
    assert (reply.status_code, reply.content, world.asked) == (304, b"", 1)
