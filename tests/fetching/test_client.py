"""What a source gets from the client when its upstream behaves, and when it does not."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest
from faulty_upstream import http, info, reset

from terraloom.errors import FetchError

JSON = "application/json"


async def test_a_payload_carries_what_the_upstream_said(upstream, make_client, time):
    upstream.replies = [http(body=b"[1]", Content_Type=JSON, ETag='"a"', Last_Modified="Sun, 01 Mar 2026")]
    async with make_client() as client:
        payload = await client.for_source(info()).get(upstream.url("/f?x=1"), kind="list", params={"y": "2"})
    assert (payload.source, payload.kind, payload.status) == ("example-quakes", "list", 200)
    assert (payload.body, payload.content_type) == (b"[1]", JSON)
    assert (payload.etag, payload.last_modified) == ('"a"', "Sun, 01 Mar 2026")
    assert payload.url == upstream.url("/f?x=1&y=2")
    assert payload.fetched_at == time.clock()


async def test_the_request_says_who_asks(upstream, make_client):
    async with make_client() as client:
        await client.for_source(info()).get(upstream.url(), headers={"Accept": JSON})
    head = upstream.requests[0].lower()
    assert "user-agent: terraloom/0.1.0 (" in head
    assert "accept: application/json" in head
    assert "accept-encoding: gzip, deflate\r\n" in head


HALF = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n"
FAULTS = {
    "429": http("429 Too Many Requests"),
    "500": http("500 Internal Server Error"),
    "503": http("503 Service Unavailable"),
    "reset": reset,
    "closed without a reply": b"",
    "content-length too large": http(body=b"hel", length=5),
    "chunks incomplete": HALF,
    "gzip cut": http(body=gzip.compress(b"hello" * 99)[:-9], Content_Encoding="gzip"),
    "json cut": http(body=b'{"a": [1, 2', Content_Type=JSON),
    "xml cut": http(body=b"<?xml?><rss><item></item>", Content_Type="application/rss+xml; charset=utf-8"),
    "json empty": http(body=b"", Content_Type=JSON),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_passing_fault_is_tried_again(upstream, make_client, time, fault):
    upstream.replies = [fault, fault, http(body=b"hello")]
    async with make_client() as client:
        payload = await client.for_source(info()).get(upstream.url())
    assert payload.body == b"hello"
    assert len(upstream.requests) == 3
    assert 0 <= time.slept[0] <= 1
    assert 0 <= time.slept[1] <= 2


LASTING = {name: fault for name, fault in FAULTS.items() if name not in ("json cut", "xml cut", "json empty")}


@pytest.mark.parametrize("fault", LASTING.values(), ids=LASTING.keys())
async def test_a_lasting_fault_ends_in_one_error_that_names_the_url(upstream, make_client, events, fault):
    upstream.replies = [fault]
    async with make_client(attempts=3) as client:
        with pytest.raises(FetchError, match=upstream.url()):
            await client.for_source(info()).get(upstream.url())
    assert len(upstream.requests) == 3
    assert [event.outcome for event in events] == ["retry", "retry", "failed"]
    assert events[-1].tries == 3


async def test_a_body_that_stays_cut_is_handed_on_for_quarantine(upstream, make_client, events):
    upstream.replies = [FAULTS["json cut"]]
    async with make_client(attempts=2) as client:
        payload = await client.for_source(info()).get(upstream.url())
    assert payload.body == b'{"a": [1, 2'
    assert events[-1].outcome == "fetched"


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "404 Not Found", "410 Gone"])
async def test_a_refusal_is_not_tried_again(upstream, make_client, status):
    upstream.replies = [http(status, b"no")]
    async with make_client() as client:
        with pytest.raises(FetchError, match=f"refused: {status[4:]}") as caught:
            await client.for_source(info()).get(upstream.url())
    assert caught.value.status == int(status[:3])
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("status", [204, 400, 404, 409, 503])
async def test_a_status_that_is_asked_for_gives_a_payload(upstream, make_client, status):
    upstream.replies = [http(f"{status} Whatever", b"" if status == 204 else b"told")]
    async with make_client() as client:
        payload = await client.for_source(info()).get(upstream.url(), accept_status=(status,))
    assert payload.status == status
    assert payload.body == (b"" if status == 204 else b"told")


async def test_no_content_is_nothing_new(upstream, make_client, events):
    upstream.replies = [http("204 No Content")]
    async with make_client() as client:
        assert await client.for_source(info()).get(upstream.url()) is None
    assert events[-1].outcome == "empty"


async def test_a_slow_body_is_given_up(upstream, make_client):
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(http(length=100))
        for _ in range(100):
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    upstream.replies = [drip]
    async with make_client(attempts=1, total_timeout_s=0.3) as client:
        with pytest.raises(FetchError, match=r"timeout: not done after 0\.3 s"):
            await client.for_source(info()).get(upstream.url())


async def test_silence_is_given_up(upstream, make_client):
    async def silent(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)

    upstream.replies = [silent]
    async with make_client(attempts=1, read_timeout_s=0.1) as client:
        with pytest.raises(FetchError, match="timeout"):
            await client.for_source(info()).get(upstream.url())


ZEROS = bytes(30_000_000)
BOMBS = {
    "plain": http(body=ZEROS[:2_000_000]),
    "gzip": http(body=gzip.compress(ZEROS), Content_Encoding="gzip"),
    "deflate": http(body=zlib.compress(ZEROS), Content_Encoding="deflate"),
    "gzip members": http(body=gzip.compress(ZEROS[:600_000]) * 50, Content_Encoding="gzip"),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
async def test_a_body_over_the_limit_is_refused_once(upstream, make_client, bomb):
    upstream.replies = [bomb]
    async with make_client(max_bytes=1_000_000) as client:
        with pytest.raises(FetchError, match="too large: the body is larger than 1000000 bytes"):
            await client.for_source(info()).get(upstream.url())
    assert len(upstream.requests) == 1


async def test_nested_or_unknown_encodings_are_refused(upstream, make_client):
    upstream.replies = [http(body=gzip.compress(gzip.compress(b"x")), Content_Encoding="gzip, gzip")]
    async with make_client() as client:
        with pytest.raises(FetchError, match="encoding: content encoding 'gzip, gzip'"):
            await client.for_source(info()).get(upstream.url())


async def test_a_host_that_is_not_there_is_a_fetch_error(make_client):
    async with make_client(attempts=2) as client:
        with pytest.raises(FetchError, match="connect"):
            await client.for_source(info()).get("http://127.0.0.1:1/")
