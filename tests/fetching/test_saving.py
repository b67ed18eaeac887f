"""A body that is too large for memory goes into a file, with the same care."""

from __future__ import annotations

import gzip
import io
import tracemalloc

import pytest
from faulty_upstream import http, info
from test_client import HALF

from terraloom.errors import FetchError
from terraloom.fetching import Reason


async def test_each_try_begins_the_file_anew(upstream, make_client):
    upstream.replies = [http(body=b"much too long", length=99), http("500 Oops"), http(body=b"hello")]
    into = io.BytesIO()
    async with make_client() as client:
        saved = await client.for_source(info()).save(upstream.url(), into)
    assert (saved.status, saved.bytes, into.getvalue()) == (200, 5, b"hello")


async def test_a_failure_that_would_come_again_is_not_asked_for_again(upstream, make_client):
    upstream.replies = [HALF]
    into = io.BytesIO()
    async with make_client() as client:
        with pytest.raises(FetchError, match="truncated") as caught:
            await client.for_source(info()).save(upstream.url(), into, not_again=[Reason.TRUNCATED])
    assert caught.value.__cause__.reason is Reason.TRUNCATED
    assert (len(upstream.requests), into.getvalue()) == (1, b"hell")


async def test_the_limit_holds_for_files_too(upstream, make_client):
    upstream.replies = [http(body=gzip.compress(bytes(10_000)), Content_Encoding="gzip")]
    async with make_client(max_bytes=9_999) as client:
        with pytest.raises(FetchError, match="larger than 9999 bytes"):
            await client.for_source(info()).save(upstream.url(), io.BytesIO())


async def test_a_large_body_is_never_in_memory(upstream, make_client, tmp_path):
    block, count = bytes(1 << 20), 60

    async def send(writer):
        writer.write(http(length=count * len(block)))
        for _ in range(count):
            writer.write(block)
            await writer.drain()

    upstream.replies = [send]
    async with make_client() as client:
        with (tmp_path / "body").open("wb") as into:
            tracemalloc.start()
            saved = await client.for_source(info()).save(upstream.url(), into)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
    assert saved.bytes == (tmp_path / "body").stat().st_size == count * len(block)
    assert peak < 8 << 20
