"""What goes over the wire: correct HTTP without faults, and each fault exactly as it is called."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import timedelta

import httpx
import pytest
from msgspec import structs
from planets import NOW, planet

from made import FEEDS, START, said
from terraloom.errors import ConfigError
from terraloom.records import Reject
from terraloom.sources import source
from terraloom.universe.clock import Clock
from terraloom.universe.control import controlled
from terraloom.universe.faults import Fault, Faults, Kind, malform, parse_faults
from terraloom.universe.server import Server

USGS = "earthquake.usgs.gov"
DAY = "/earthquakes/feed/v1.0/summary/all_day.geojson"


@pytest.fixture
async def server():
    async with controlled(planet(), Clock(NOW, speed=0.0)) as running:
        yield running


async def get(server: Server, target: str = DAY, host: str = USGS, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(server.url + target, headers={"Host": host, **headers})


async def raw(server: Server, target: str = DAY, host: str = USGS) -> bytes:
    """All bytes of one answer until the connection ends, however it ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    received = bytearray()
    try:
        while block := await reader.read(65536):
            received += block
    finally:
        writer.close()
    return bytes(received)


async def test_a_host_is_told_by_its_header_or_by_the_path(server):
    by_header, by_path = await get(server), await get(server, f"/{USGS}{DAY}", host="127.0.0.1")
    assert by_header.status_code == 200
    assert by_header.content == by_path.content


async def test_a_page_that_no_upstream_has_is_not_found(server):
    assert (await get(server, "/nothing")).status_code == 404
    assert (await get(server, host="example.org")).status_code == 404


async def test_an_unchanged_page_is_304_by_etag_and_by_date(server):
    first = await get(server)
    assert (await get(server, **{"If-None-Match": first.headers["etag"]})).status_code == 304
    assert (await get(server, **{"If-Modified-Since": first.headers["last-modified"]})).status_code == 304
    server.clock.advance(timedelta(hours=2))
    assert (await get(server, **{"If-None-Match": first.headers["etag"]})).status_code == 200


async def test_gzip_is_used_where_it_is_taken(server):
    plain = await get(server, **{"Accept-Encoding": "identity"})
    packed = await raw_gzip(server)
    assert gzip.decompress(packed) == plain.content
    assert len(packed) < len(plain.content) / 3


async def raw_gzip(server: Server) -> bytes:
    async with httpx.AsyncClient() as client:
        headers = {"Host": USGS, "Accept-Encoding": "gzip"}
        async with client.stream("GET", server.url + DAY, headers=headers) as response:
            assert response.headers["content-encoding"] == "gzip"
            return b"".join([block async for block in response.aiter_raw()])


async def test_one_connection_serves_many_requests(server):
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1)) as client:
        for _ in range(3):
            assert (await client.get(server.url + DAY, headers={"Host": USGS})).status_code == 200
    assert server.requests == 3


async def test_throttling_says_when_to_come_back(server):
    server.faults.script(USGS, [Fault(Kind.THROTTLE, seconds=7), Fault(Kind.UNAVAILABLE, seconds=9)])
    throttled, away, fine = [await get(server) for _ in range(3)]
    assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "7")
    assert (away.status_code, away.headers["retry-after"]) == (503, "9")
    assert fine.status_code == 200


async def test_a_truncated_body_is_shorter_than_it_says(server):
    server.faults.script(USGS, [Fault(Kind.TRUNCATE)])
    head, _, body = (await raw(server)).partition(b"\r\n\r\n")
    stated = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(body) < stated


async def test_a_reset_is_a_reset(server):
    server.faults.script(USGS, [Fault(Kind.RESET)])
    with pytest.raises(ConnectionResetError):
        await raw(server)


async def test_latency_is_waited_for(server):
    server.faults.script(USGS, [Fault(Kind.LATENCY, seconds=0.3)])
    began = asyncio.get_running_loop().time()
    assert (await get(server)).status_code == 200
    assert asyncio.get_running_loop().time() - began >= 0.3


async def test_a_stale_reply_is_the_body_of_an_earlier_poll(server):
    server.faults.script(USGS, [Fault(Kind.STALE, seconds=3600)])
    stale = await get(server)
    server.clock.set(NOW - timedelta(hours=1))
    assert (await get(server)).content == stale.content


async def test_a_wrong_clock_moves_the_date_header_and_updated(server):
    server.faults.script(USGS, [Fault(Kind.CLOCK, seconds=420)])
    wrong, right = await get(server), await get(server)
    shifts = {
        a["properties"]["updated"] - b["properties"]["updated"]
        for a, b in zip(wrong.json()["features"], right.json()["features"], strict=True)
    }
    assert shifts == {420_000}
    assert wrong.headers["date"] != right.headers["date"]


def test_malformed_bodies_break_one_record_and_leave_the_others():
    body = planet().body(USGS, DAY, NOW)
    clean = json.loads(body)["features"]
    for n in range(12):
        broken = json.loads(malform(Faults(n).rng, body))["features"]
        assert len(broken) == len(clean)
        assert sum(json.dumps(a) != json.dumps(b) for a, b in zip(broken, clean, strict=True)) == 1


@pytest.mark.parametrize("feed", FEEDS)
def test_of_every_feed_a_malformed_body_costs_at_most_one_record(feed):
    clean = said(feed, START + timedelta(days=2))
    whole = len(list(source(feed).parse(clean)))
    for n in range(12):
        broken = structs.replace(clean, body=malform(Faults(n).rng, clean.body))
        found = list(source(feed).parse(broken))
        assert len(found) == whole
        assert sum(isinstance(one, Reject) for one in found) <= 1


def test_the_same_seed_draws_the_same_faults():
    rules = parse_faults("many")
    first, again = ([Faults(4, rules).draw(USGS).kind for _ in range(1)] for _ in range(2))
    assert first == again
    one, two = Faults(4, rules), Faults(4, rules)
    assert [one.draw(USGS).kind for _ in range(200)] == [two.draw(USGS).kind for _ in range(200)]


def test_faults_of_one_host_leave_the_others_alone():
    faults = Faults(1, parse_faults(f"error@{USGS}=1.0"))
    assert faults.draw(USGS).kind is Kind.ERROR
    assert faults.draw("www.gdacs.org").kind is Kind.NONE


@pytest.mark.parametrize("text", ["throttling=0.1", "error", "error=often"])
def test_unknown_faults_are_named_with_the_known_ones(text):
    with pytest.raises(ConfigError, match="throttle"):
        parse_faults(text)


async def test_control_sets_clock_and_faults(server):
    async with httpx.AsyncClient(base_url=server.url) as client:
        moved = await client.post("/_universe/clock", json={"advance_s": 3600})
        assert moved.json()["now"].startswith(f"{NOW + timedelta(hours=1):%Y-%m-%dT%H}")
        await client.post("/_universe/faults", json={"rules": [{"kind": "error"}]})
        assert (await get(server)).status_code == 500
        assert (await client.post("/_universe/clock", json={"sped": 3})).status_code == 400


async def test_truth_tells_only_what_has_begun(server):
    async with httpx.AsyncClient(base_url=server.url) as client:
        told = (await client.get("/_universe/truth")).json()["hazards"]
    assert told
    assert all(hazard["onset"] <= NOW.isoformat() for hazard in told)
