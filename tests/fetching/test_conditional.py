"""What is asked for again only if it changed, and from when on."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from faulty_upstream import http, info
from psycopg_pool import ConnectionPool

from terraloom.errors import FetchError
from terraloom.fetching import StoredValidators, confirm
from terraloom.records import Payload

LAST = "Sun, 01 Mar 2026 11:00:00 GMT"
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n\r\n"


@pytest.fixture
def pool(database_url):
    with ConnectionPool(database_url, min_size=1, max_size=2) as pool:
        yield pool


@pytest.fixture
def client(make_client, pool):
    return make_client({"validators": StoredValidators(pool)})


async def test_a_confirmed_payload_is_not_sent_twice(upstream, client, pool, events):
    upstream.replies = [
        http(body=b"a", ETag='"v1"', Last_Modified=LAST),
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
    ]
    async with client:
        fetcher = client.for_source(info())
        payload = await fetcher.get(upstream.url())
        with pool.connection() as connection:
            confirm(connection, [payload])
        assert await fetcher.get(upstream.url()) is None
    assert 'if-none-match: "v1"' in upstream.requests[1].lower()
    assert f"if-modified-since: {LAST}".lower() in upstream.requests[1].lower()
    assert [event.outcome for event in events] == ["fetched", "unchanged"]


async def test_without_confirmation_the_whole_is_asked_for_again(upstream, client):
    upstream.replies = [http(body=b"a", ETag='"v1"')]
    async with client:
        for _ in range(2):
            assert (await client.for_source(info()).get(upstream.url())).body == b"a"
    assert "if-none-match" not in upstream.requests[1].lower()


async def test_another_source_or_url_or_an_unconditional_get_sends_nothing(upstream, client, pool):
    upstream.replies = [http(body=b"a", ETag='"v1"')]
    async with client:
        payload = await client.for_source(info()).get(upstream.url())
        with pool.connection() as connection:
            confirm(connection, [payload])
        await client.for_source(info(id="other-source")).get(upstream.url())
        await client.for_source(info()).get(upstream.url("/other"))
        await client.for_source(info()).get(upstream.url(), conditional=False)
    assert not any("if-none-match" in request.lower() for request in upstream.requests)


async def test_not_modified_that_nobody_asked_about_is_an_error(upstream, client):
    upstream.replies = [NOT_MODIFIED]
    async with client:
        with pytest.raises(FetchError, match="HTTP 304"):
            await client.for_source(info()).get(upstream.url())


def test_the_newest_confirmation_counts_and_errors_are_none(database_url, pool):
    def made(etag: str, status: int = 200) -> Payload:
        moment = datetime(2026, 3, 1, tzinfo=UTC)
        return Payload(source="s", url="u", fetched_at=moment, body=b"", etag=etag, status=status)

    with psycopg.connect(database_url) as connection:
        confirm(connection, [])
        confirm(connection, [made("1"), made("2"), made("3", status=404)])
    found = StoredValidators(pool).load("s", "u")
    assert found is not None
    assert found.etag == "2"
