"""`/api/v1/ws`: the change feed over a WebSocket."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, WebSocket
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect, WebSocketState

from terraloom.serve.access import is_open, now, reader, runtime
from terraloom.serve.live import Feed, Observed, Subscriber, change_message, message

router = APIRouter()

HEARTBEAT_S = 15.0
SEND_TIMEOUT_S = 10.0
POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013


@router.websocket("/api/v1/ws")
async def live(socket: WebSocket, after: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None) -> None:
    """
    Changes as they are committed, each ``{"type": "change", "seq", "change", "at", "event_id", "event"}``.

    ``?after=SEQ`` first sends what was missed. ``hello`` comes first with the newest number, ``heartbeat``
    whenever nothing else came for 15 s. ``{"type": "observed", "source"}`` hints that a source has measured
    something. Close code 1013: too slow; reconnect with the last number seen.
    """
    await socket.accept()
    if not await _welcome(socket):
        await socket.close(POLICY_VIOLATION, "reading here needs an API key")
        return
    feed: Feed = socket.app.state.feed
    async with feed.subscribe() as subscriber:
        sending = asyncio.create_task(_serve(socket, feed, subscriber, after))
        leaving = asyncio.create_task(_gone(socket))
        done, open_ = await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        for task in open_:
            task.cancel()
        await asyncio.gather(*open_, return_exceptions=True)
        if sending in done:
            await _close(socket, sending)


async def _welcome(socket: WebSocket) -> bool:
    """Whether this client may read; a page of another site may not use the cookie of this one."""
    settings = runtime(socket).settings
    if is_open(settings):
        return True
    origin = socket.headers.get("origin")
    if origin and urlsplit(origin).netloc != socket.headers.get("host"):
        return False
    return await run_in_threadpool(reader, socket, socket.headers.get("x-api-key")) is not None


async def _serve(socket: WebSocket, feed: Feed, subscriber: Subscriber, after: int | None) -> None:
    """Hello, what was missed, then what comes, until the client falls behind."""
    simulated = runtime(socket).settings.simulated
    await _send(socket, message("hello", head=subscriber.last, simulated=simulated, at=now(socket)))
    last = subscriber.last if after is None else after
    while after is not None:
        page = await feed.missed(last)
        for change in page.changes:
            await _send(socket, change_message(change))
        last = page.last
        if not page.changes:
            break
    while not subscriber.overrun:
        try:
            news = await asyncio.wait_for(subscriber.queue.get(), HEARTBEAT_S)
        except TimeoutError:
            await _send(socket, message("heartbeat", head=max(last, feed.last), at=now(socket)))
            continue
        if isinstance(news, Observed):
            await _send(socket, message("observed", source=news.source))
        elif news.seq > last:
            await _send(socket, change_message(news))
            last = news.seq


async def _send(socket: WebSocket, text: str) -> None:
    await asyncio.wait_for(socket.send_text(text), SEND_TIMEOUT_S)


async def _gone(socket: WebSocket) -> None:
    """Until the client leaves; what it sends is not for us."""
    while True:
        received = await socket.receive()
        if received["type"] == "websocket.disconnect":
            return


async def _close(socket: WebSocket, sending: asyncio.Task[None]) -> None:
    """Say why; a client that already left needs no reason."""
    error = sending.exception()
    if error is not None and not isinstance(error, TimeoutError | WebSocketDisconnect):
        raise error
    if socket.application_state is WebSocketState.CONNECTED:
        await socket.close(TRY_AGAIN_LATER, "too slow; reconnect with ?after= the last seq")
