"""One upstream, one clock and one client per test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from random import Random

import pytest
from faulty_upstream import Time, Upstream

from terraloom.config import Fetch
from terraloom.fetching import Client, FetchEvent


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    server = Upstream()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.base = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    yield server
    listener.close()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def events() -> list[FetchEvent]:
    return []


@pytest.fixture
def make_client(time: Time, events: list[FetchEvent]) -> Callable[..., Client]:
    """A client on hand-made time; keyword arguments of `Fetch`, or of `Client` in `client`."""

    def make(client: dict[str, object] | None = None, **settings: object) -> Client:
        fetch = Fetch.model_validate({"rate_per_minute": 60_000, "backoff_initial_s": 1.0, **settings})
        doors = {"clock": time.clock, "monotonic": time.monotonic, "sleep": time.sleep, "random": Random(7)}
        return Client(fetch, **{**doors, "observers": [events.append], **(client or {})})

    return make
