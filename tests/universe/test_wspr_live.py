"""The simulated db1.wspr.live: real ClickHouse over HTTP, which says just what the planet's stations sent."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pytest_asyncio
from planets import planet

from terraloom.backfill.wspr.columns import SPOT
from terraloom.records import Observation, Payload
from terraloom.sources import registry
from terraloom.universe.clock import Clock
from terraloom.universe.control import controlled
from terraloom.universe.faults import Fault, Kind
from terraloom.universe.server import Server
from terraloom.universe.wspr_live import HOST, WsprLive, months_of
from terraloom.universe.wspr_spots import number_at, spots

pytest.importorskip("chdb", reason="the extra `clickhouse` is not installed")

NOW = datetime(2020, 3, 5, 12, 30, tzinfo=UTC)
DAY = "time >= '2020-03-02' AND time < '2020-03-03'"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    upstreams = {HOST: WsprLive(seed=1, per_slot=40)}
    async with controlled(planet(), Clock(NOW, speed=0.0), upstreams=upstreams) as running:
        yield running


async def ask(server: Server, sql: str, *faults: Fault) -> httpx.Response:
    server.faults.script(HOST, faults)
    async with httpx.AsyncClient(timeout=60) as client:
        return await client.get(f"{server.url}/{HOST}/", params={"query": sql})


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_day_is_what_its_stations_sent(server: Server) -> None:
    answer = await ask(server, f"SELECT * FROM wspr.rx WHERE {DAY} ORDER BY id FORMAT Parquet")
    found = pq.read_table(io.BytesIO(answer.content)).cast(SPOT)
    first, end = (number_at(datetime(2020, 3, day, tzinfo=UTC), 40) for day in (2, 3))
    truth = spots(np.arange(first, end), seed=1, per_slot=40)
    plain = pa.table([truth[name].cast(SPOT.field(name).type) for name in SPOT.names], schema=SPOT)
    assert found.equals(plain)


async def test_a_query_may_come_in_the_body_and_its_format_and_settings_in_the_url(server: Server) -> None:
    url, params = f"{server.url}/{HOST}/", {"default_format": "JSONCompact"}
    quoting = {"output_format_json_quote_64bit_integers": "1"}
    async with httpx.AsyncClient(timeout=60) as client:
        assert (await client.post(url, content=b"SELECT number FROM numbers(3)")).text == "0\n1\n2\n"
        plain = await client.post(url, params=params, content=b"SELECT toUInt64(7)")
        quoted = await client.post(url, params=params | quoting, content=b"SELECT toUInt64(7)")
    assert (plain.json()["data"], quoted.json()["data"]) == ([[7]], [["7"]])


async def test_what_is_not_sent_yet_is_not_there(server: Server) -> None:
    answer = await ask(server, "SELECT max(time) FROM rx WHERE time >= '2020-03-05' AND time < '2020-03-06'")
    assert answer.text == "2020-03-05 12:30:00\n"
    assert answer.headers["X-ClickHouse-Format"] == "TabSeparated"


async def test_the_hourly_source_is_answered(server: Server) -> None:
    source = registry()["wspr-corridors"]
    for address in source.addresses(NOW):
        answer = await ask(server, httpx.URL(address).params["query"])
        payload = Payload(source=source.info.id, url=address, fetched_at=NOW, body=answer.content)
        found = list(source.parse(payload))
        assert len([one for one in found if isinstance(one, Observation)]) > 50


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELECT nothing FROM wspr.rx", 404, "47"),
        ("SELECT FROM WHERE", 400, "62"),
        ("DROP TABLE wspr.rx", 500, "164"),
        ("SELECT count() FROM rx WHERE time = '2020-02-30 99:00:00'", 400, "41"),
    ],
)
async def test_a_wrong_query_is_refused_as_by_clickhouse(server, sql, status, code) -> None:
    answer = await ask(server, sql)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")


async def test_an_answer_can_fail_when_it_has_begun(server: Server) -> None:
    sql = "SELECT throwIf(number = 900000) FROM numbers(1000000) FORMAT CSV SETTINGS max_threads = 1"
    answer = await ask(server, sql)
    assert answer.status_code == 200
    assert answer.text.startswith("0\n0\n")
    assert "Code: 395. DB::Exception" in answer.text[-600:]


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.TRUNCATE, Kind.CUT])
async def test_a_connection_breaks_in_the_middle(server: Server, kind: Kind) -> None:
    with pytest.raises(httpx.RemoteProtocolError if kind is not Kind.RESET else httpx.ReadError):
        await ask(server, f"SELECT * FROM rx WHERE {DAY} FORMAT Parquet", Fault(kind, seconds=0.1))


async def test_malformed_answers_are_whole_by_the_rules_of_http(server: Server) -> None:
    sql = f"SELECT * FROM rx WHERE {DAY} ORDER BY id FORMAT Parquet"
    whole = (await ask(server, sql)).content
    for _ in range(4):
        answer = await ask(server, sql, Fault(Kind.MALFORMED))
        assert answer.status_code == 200
        assert answer.content != whole


async def test_a_query_touches_the_months_between_its_instants() -> None:
    months = [
        f"{m:%Y%m}" for m in months_of("FROM rx WHERE time >= '2019-12-01' AND time < '2020-02-01'", NOW)
    ]
    assert months == ["201912", "202001"]
    assert len(months_of("FROM rx WHERE time >= '2019-12-01'", NOW)) == 4
    assert len(months_of("FROM rx WHERE time > now() - INTERVAL 1 HOUR", NOW)) == 2
    assert months_of("SELECT 1", NOW) == []


async def test_without_chdb_the_upstream_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    async with controlled(planet(), Clock(NOW, speed=0.0), upstreams={HOST: WsprLive(seed=1)}) as bare:
        answer = await ask(bare, "SELECT 1")
    assert answer.status_code == 404
    assert answer.text.endswith("chdb is not installed: pip install 'terraloom[clickhouse]'\n")


async def test_a_database_that_died_is_made_anew(server: Server) -> None:
    upstream = server.upstreams[HOST]
    before = await ask(server, f"SELECT count() FROM rx WHERE {DAY}")
    await upstream._chdb.close()
    assert (await ask(server, f"SELECT count() FROM rx WHERE {DAY}")).text == before.text == "28800\n"
