"""Redirects, TLS, and the switch that sends requests elsewhere."""

from __future__ import annotations

import asyncio
import ssl

import httpx
import pytest
import trustme
from faulty_upstream import Upstream, info
from faulty_upstream import http as reply

from terraloom.errors import ConfigError, FetchError

MOVED = "https://quakes.example/feed"


async def test_a_redirect_is_followed_and_the_url_asked_for_is_kept(upstream, make_client):
    upstream.replies = [reply("301 Moved Permanently", Location="/new?y=1"), reply(body=b"here")]
    async with make_client() as client:
        payload = await client.for_source(info()).get(upstream.url("/old"))
    assert (payload.body, payload.url) == (b"here", upstream.url("/old"))
    assert upstream.requests[1].startswith("GET /new?y=1 ")


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x/y", "javascript:1", ""])
async def test_a_redirect_leads_only_to_http(upstream, make_client, location):
    upstream.replies = [reply("302 Found", Location=location)]
    async with make_client() as client:
        with pytest.raises(FetchError, match="redirect"):
            await client.for_source(info()).get(upstream.url())
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("url", ["ftp://quakes.example/", "feed.xml", "", "http://\0", "file:///etc/passwd"])
async def test_a_link_that_cannot_be_fetched_is_a_fetch_error(make_client, url):
    async with make_client() as client:
        with pytest.raises(FetchError, match="request"):
            await client.for_source(info()).get(url)


async def test_a_loop_of_redirects_ends(upstream, make_client):
    upstream.replies = [reply("302 Found", Location="/feed")]
    async with make_client() as client:
        with pytest.raises(FetchError, match="more than 5 redirects"):
            await client.for_source(info()).get(upstream.url())
    assert len(upstream.requests) == 6


async def test_all_hosts_can_be_sent_elsewhere_and_nothing_shows(upstream, make_client):
    async with make_client(point_at=upstream.base) as client:
        payload = await client.for_source(info()).get(MOVED, params={"a": "b c"})
    assert payload.url == "https://quakes.example/feed?a=b+c"
    assert upstream.requests[0].startswith("GET /feed?a=b+c HTTP/1.1\r\n")
    assert "\r\nhost: quakes.example\r\n" in upstream.requests[0].lower()


async def test_one_host_can_be_sent_to_a_path_elsewhere(upstream, make_client):
    async with make_client(point_at={"quakes.example": upstream.url("/planet/")}) as client:
        await client.for_source(info()).get(MOVED)
        await client.for_source(info()).get(upstream.url("/direct"))
    assert [request.split(" ")[1] for request in upstream.requests] == ["/planet/feed", "/direct"]


async def test_a_redirect_within_the_simulated_planet_stays_there(upstream, make_client):
    upstream.replies = [reply("302 Found", Location="https://other.example/x"), reply(body=b"here")]
    async with make_client(point_at=upstream.base) as client:
        assert (await client.for_source(info()).get(MOVED)).body == b"here"
    assert "host: other.example" in upstream.requests[1].lower()


async def test_a_host_that_is_pointed_elsewhere_has_no_rate_limit(upstream, make_client, time):
    async with make_client(point_at=upstream.base, rate_per_minute=1) as client:
        fetcher = client.for_source(info(rate_per_minute=1))
        await asyncio.wait_for(asyncio.gather(*(fetcher.get(MOVED) for _ in range(20))), 5)


async def test_a_proxy_of_the_environment_is_used_but_not_for_what_is_pointed(
    upstream, make_client, monkeypatch
):
    monkeypatch.setenv("http_proxy", upstream.base)
    monkeypatch.setenv("no_proxy", "")
    async with make_client() as client:
        await client.for_source(info()).get("http://quakes.example/feed")
    async with make_client(point_at=upstream.base) as client:
        await client.for_source(info()).get("http://quakes.example/feed")
    assert upstream.requests[0].startswith("GET http://quakes.example/feed HTTP/1.1")
    assert upstream.requests[1].startswith("GET /feed HTTP/1.1")


@pytest.mark.parametrize(
    "base", ["127.0.0.1:80", "ftp://x", "http://", "http://x/?q=1", {"a": "b"}, "http://\0"]
)
def test_where_requests_cannot_be_sent_is_a_wrong_setting(make_client, base):
    with pytest.raises(ConfigError, match=r"fetch\.point_at"):
        make_client(point_at=base)


@pytest.fixture
async def tls_upstream():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = Upstream()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    server.base = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    yield server
    listener.close()


async def test_an_untrusted_certificate_is_refused_once(tls_upstream, make_client):
    async with make_client() as client:
        with pytest.raises(FetchError, match="tls: the certificate is not trusted"):
            await client.for_source(info()).get(tls_upstream.url())
    assert tls_upstream.requests == []


async def test_https_is_not_left_for_plain_http(make_client):
    moved = httpx.MockTransport(
        lambda _request: httpx.Response(302, headers={"Location": "http://quakes.example/"})
    )
    async with make_client({"transport": moved}) as client:
        with pytest.raises(FetchError, match="from https to plain http"):
            await client.for_source(info()).get(MOVED)
