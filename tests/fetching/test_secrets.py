"""A secret goes to the upstream it is for, and to no log, message, manifest row or span."""

from __future__ import annotations

import asyncio
import base64
import logging
import traceback

import psycopg
import pytest
import structlog
from faulty_upstream import Upstream, http, info
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from psycopg_pool import ConnectionPool

from terraloom.errors import ConfigError, FetchError
from terraloom.fetching import StoredCredentials
from terraloom.fetching.credentials import Credential, check_location, check_scheme, read_secret
from terraloom.fetching.events import write_log
from terraloom.fetching.redaction import redacted

SECRET = "s3cr3t-0f-th3-h0us3"
SENT_AS = {
    "bearer": f"Authorization: Bearer {SECRET}",
    "header:X-API-Key": f"X-API-Key: {SECRET}",
    "query:map_area": f"GET /feed?x=1&map_area={SECRET} HTTP/1.1",
    "basic": f"Authorization: Basic {base64.b64encode(SECRET.encode()).decode()}",
}


class OneCredential:
    """Credentials by scheme: the name is the scheme."""

    def find(self, name: str) -> Credential:
        return Credential(name, name, SECRET)


@pytest.mark.parametrize("scheme", SENT_AS)
async def test_a_secret_is_sent_as_its_scheme_says(upstream, make_client, scheme):
    async with make_client({"credentials": OneCredential()}) as client:
        payload = await client.for_source(info(credential=scheme, url=upstream.base)).get(
            upstream.url("/feed?x=1")
        )
    assert SENT_AS[scheme].lower() in upstream.requests[0].lower()
    assert payload.url == upstream.url("/feed?x=1")


@pytest.mark.parametrize("scheme", SENT_AS)
@pytest.mark.parametrize("ending", [http("500 Oh"), http("403 No"), b"", http(body=b"fine")], ids=len)
async def test_a_secret_is_never_written_down(upstream, make_client, caplog, events, scheme, ending):
    upstream.replies = [ending]
    caplog.set_level(logging.DEBUG)
    written = ""
    doors = {"credentials": OneCredential(), "observers": [events.append, write_log]}
    with structlog.testing.capture_logs() as lines:
        async with make_client(doors, attempts=2) as client:
            try:
                written += repr(
                    await client.for_source(info(credential=scheme, url=upstream.base)).get(upstream.url())
                )
            except FetchError:
                written += traceback.format_exc()
    written += repr(lines) + repr(events) + caplog.text
    assert SECRET in upstream.requests[0] or scheme == "basic"
    assert lines
    assert SECRET not in written
    assert base64.b64encode(SECRET.encode()).decode() not in written


@pytest.fixture(scope="module")
def spans() -> InMemorySpanExporter:
    """What the process would send to a tracing service; a provider can be set only once."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.mark.parametrize("scheme", SENT_AS)
async def test_a_span_tells_of_the_fetch_and_not_of_the_secret(upstream, make_client, spans, scheme):
    upstream.replies = [http("403 No")]
    spans.clear()
    async with make_client({"credentials": OneCredential()}) as client:
        with pytest.raises(FetchError):
            await client.for_source(info(credential=scheme, url=upstream.base)).get(
                upstream.url("/f?key=theirs")
            )
    (span,) = spans.get_finished_spans()
    assert span.attributes["terraloom.source"] == "example-quakes"
    assert span.attributes["url.full"] == upstream.url("/f?key=REDACTED")
    assert "refused: No" in span.to_json()
    assert SECRET not in span.to_json()
    assert "theirs" not in span.to_json()


async def test_a_secret_does_not_follow_a_redirect_to_another_host(upstream, make_client):
    other = Upstream()
    listener = await asyncio.start_server(other.serve, "127.0.0.1", 0)
    other.base = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    upstream.replies = [http("302 Found", Location="/moved"), http("302 Found", Location=other.url("/away"))]
    async with make_client({"credentials": OneCredential()}) as client:
        await client.for_source(info(credential="header:X-Key", url=upstream.base)).get(upstream.url())
    listener.close()
    assert all(SECRET in request for request in upstream.requests)
    assert SECRET not in other.requests[0]


async def test_a_secret_does_not_follow_a_link_to_another_host(upstream, make_client):
    async with make_client({"credentials": OneCredential()}) as client:
        fetcher = client.for_source(info(credential="header:X-Key", url="https://quakes.example/feed"))
        await fetcher.get(upstream.url("/linked"))
    assert SECRET not in upstream.requests[0]


async def test_keys_in_a_url_are_masked_where_it_is_kept(upstream, make_client):
    async with make_client() as client:
        url = upstream.url("/f?api_key=abc&bbox=1,2")
        payload = await client.for_source(info()).get(url, params={"token": "t"})
    assert payload.url == upstream.url("/f?api_key=REDACTED&bbox=1,2&token=REDACTED")
    assert "api_key=abc" in upstream.requests[0]


@given(
    st.text("abcXYZ019-_.~", min_size=8),
    st.sampled_from(["key", "APIKEY", "access_token", "X-Amz-Signature"]),
)
def test_no_secret_survives_redaction(secret, name):
    url = f"https://{secret}:{secret}@feed.example:8443/path?a=1&{name}={secret}&b=x%20y#part"
    assert redacted(url) == f"https://feed.example:8443/path?a=1&{name}=REDACTED&b=x%20y#part"


@given(
    st.sampled_from(
        ["https://a.example/x?format=geojson&keyword=b&limit=5", "http://h/?", "http://h:1/a?b&c=&d"]
    )
)
def test_a_url_without_secrets_stays_as_it_is(url):
    assert redacted(url).rstrip("?") == url.rstrip("?")


class TestWhereSecretsAreKept:
    def test_in_the_environment_or_a_file(self, tmp_path):
        (tmp_path / "key").write_text("from-file\n")
        assert read_secret("env:KEY", {"KEY": "from-env"}) == "from-env"
        assert read_secret(f"file:{tmp_path / 'key'}") == "from-file"

    @pytest.mark.parametrize("location", ["env:NOT_SET", "file:/no/such/file"])
    def test_one_that_is_not_there_is_named(self, location):
        with pytest.raises(ConfigError, match=location):
            read_secret(location, {})

    def test_one_that_cannot_be_sent_is_refused_unseen(self):
        with pytest.raises(ConfigError) as caught:
            read_secret("env:KEY", {"KEY": "line\r\nInjected: yes"})
        assert "Injected" not in str(caught.value)

    @pytest.mark.parametrize("location", ["sk-live-123", "env:1", "env:A B", "file:relative", "vault:x"])
    def test_a_location_is_checked_and_not_repeated(self, location):
        with pytest.raises(ConfigError) as caught:
            check_location(location)
        assert location not in str(caught.value)

    @pytest.mark.parametrize("scheme", ["", "digest", "header:", "query:a b", "header:X\r\nY"])
    def test_a_scheme_is_checked(self, scheme):
        with pytest.raises(ConfigError, match="bearer, basic"):
            check_scheme(scheme)

    def test_the_table_holds_only_the_place(self, database_url, monkeypatch):
        monkeypatch.setenv("EXAMPLE_KEY", SECRET)
        with psycopg.connect(database_url) as connection:
            connection.execute("INSERT INTO auth_config VALUES ('example', 'env:EXAMPLE_KEY', 'bearer')")
        with ConnectionPool(database_url, min_size=1) as pool:
            found = StoredCredentials(pool).find("example")
            assert found.secret == SECRET
            assert SECRET not in repr(found)
            with pytest.raises(ConfigError, match="terraloom auth set other"):
                StoredCredentials(pool).find("other")
