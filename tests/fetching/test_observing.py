"""What those who run it can see: counts, log lines that belong together, spans, the state of each host."""

from __future__ import annotations

import asyncio
import pickle

import pytest
import structlog
from faulty_upstream import http, info
from prometheus_client import REGISTRY

from terraloom.errors import FetchError
from terraloom.fetching.events import write_log
from terraloom.fetching.metrics import observe


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"terraloom_fetch_{name}", labels) or 0.0


async def test_fetches_are_counted_by_source_and_reason(upstream, make_client):
    upstream.replies = [http("500 Oh"), http(body=b"12345"), http("404 No")]
    source = "counted-source"
    async with make_client({"observers": [observe]}) as client:
        fetcher = client.for_source(info(id=source))
        await fetcher.get(upstream.url())
        with pytest.raises(FetchError):
            await fetcher.get(upstream.url())
    assert sample("retries_total", source=source, reason="server error") == 1
    assert sample("bytes_total", source=source) == 5
    assert sample("errors_total", source=source, reason="refused") == 1
    assert sample("seconds_count", source=source) == 2
    assert sample("breaker_state", host="127.0.0.1") == 0


async def test_an_open_breaker_is_shown_per_host(upstream, make_client):
    upstream.replies = [http("500 Oh")]
    async with make_client({"observers": [observe]}, attempts=1, breaker={"failures": 1}) as client:
        with pytest.raises(FetchError):
            await client.for_source(info()).get(upstream.url())
    assert sample("breaker_state", host="127.0.0.1") == 2


async def test_the_lines_of_one_fetch_share_an_id(upstream, make_client):
    upstream.replies = [http("500 Oh"), http(body=b"a"), http(body=b"b")]
    lines: list[dict[str, object]] = []
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, _keep_in(lines)])
    try:
        async with make_client({"observers": [write_log]}) as client:
            await client.for_source(info()).get(upstream.url())
            await client.for_source(info()).get(upstream.url())
    finally:
        structlog.reset_defaults()
    assert [line["event"] for line in lines] == ["fetch.retry", "fetch.finished", "fetch.finished"]
    assert lines[0]["fetch_id"] == lines[1]["fetch_id"] != lines[2]["fetch_id"]
    assert lines[1]["source"] == "example-quakes"


def _keep_in(lines: list[dict[str, object]]):
    def keep(_logger: object, _method: str, event: dict[str, object]) -> dict[str, object]:
        lines.append(dict(event))
        raise structlog.DropEvent

    return keep


async def test_a_cancelled_fetch_leaves_room_for_the_next(upstream, make_client):
    reached = asyncio.Event()

    async def silent(writer: asyncio.StreamWriter) -> None:
        reached.set()
        await asyncio.sleep(0.5)

    upstream.replies = [silent, http(body=b"next")]
    async with make_client(concurrency_per_host=1) as client:
        fetcher = client.for_source(info())
        task = asyncio.create_task(fetcher.get(upstream.url()))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await fetcher.get(upstream.url())).body == b"next"


async def test_errors_name_the_source_s_url_and_survive_pickling(upstream, make_client):
    upstream.replies = [http("410 Gone")]
    async with make_client() as client:
        with pytest.raises(FetchError) as caught:
            await client.for_source(info()).get(upstream.url())
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == f"{upstream.url()}: refused: Gone (HTTP 410)"
