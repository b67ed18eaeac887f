"""ClickHouse over HTTP: whole answers only, however late the server changes its mind."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet
from upstream import answering, ask, between, day, planned, run

from terraloom.backfill.jobs import Campaign, Held, Smaller, Window
from terraloom.errors import ConfigError, FetchError
from terraloom.records import Observation
from terraloom.sources.radio.wspr_corridors import by_band

ADDRESS = "https://db1.wspr.live/"
WHEN = "time >= '{start}' AND time < '{end}'"


def campaign(window: Window, **parameters: str) -> Campaign:
    given = {"address": ADDRESS, "query": by_band(WHEN)} | parameters
    return Campaign(kind="clickhouse", source="wspr-corridors", window=window, parameters=given)


def hours(query: str) -> list[int]:
    """The hours of the window that a query asks for, in Unix time."""
    start, end = (day(text) for text in re.findall(r"'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)'", query)[:2])
    return [
        int((start + timedelta(hours=n)).timestamp()) for n in range(int((end - start) / timedelta(hours=1)))
    ]


class Server:
    """A ClickHouse that knows one row for each hour; `fails` maps a query to how its answer goes wrong."""

    def __init__(self, fails=lambda query: None) -> None:
        self.fails, self.queries = fails, []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = parse_qs(request.url.query.decode())["query"][0]
        self.queries.append(query)
        found = hours(query)
        if query.startswith("SELECT count()"):
            return httpx.Response(200, content=f"{len(found)}\n".encode())
        if wrong := self.fails(query):
            return wrong
        if query.endswith("FORMAT Parquet"):
            return httpx.Response(200, content=as_parquet(found))
        return httpx.Response(200, content=as_csv(found))


def as_csv(found: list[int]) -> bytes:
    rows = "".join(f'{hour},14,"","",{hour % 977},-11.5,19999\n' for hour in found)
    return b'"hour","band","tx","rx","spots","snr","distance"\n' + rows.encode()


def as_parquet(found: list[int]) -> bytes:
    columns = {"hour": found, "band": [14] * len(found), "tx": [""] * len(found), "rx": [""] * len(found)}
    values = {
        "spots": [hour % 977 for hour in found],
        "snr": [-11.5] * len(found),
        "distance": [19999] * len(found),
    }
    written = io.BytesIO()
    parquet.write_table(pa.table(columns | values), written)
    return written.getvalue()


def spots(outcome) -> list[tuple]:
    found = [one for one in outcome.records if isinstance(one, Observation) and one.metric == "wspr_spots"]
    return [(one.time.timestamp(), one.value) for one in found]


@pytest.mark.parametrize("format", ["CSVWithNames", "Parquet"])
async def test_every_hour_comes_once_in_either_format(format: str):
    window = between("2008-03-01", "2008-03-04")
    async with answering(Server()) as client:
        outcome = await run(planned(campaign(window, format=format)), client)
    start = window.start.timestamp()
    assert spots(outcome) == [(start + 3600 * n, (start + 3600 * n) % 977) for n in range(72)]
    assert [held.window for held in outcome.held] == [job.window for job in outcome.done]


MEMORY = b"Code: 241. DB::Exception: Memory limit (for query) exceeded. (MEMORY_LIMIT_EXCEEDED)"
SYNTAX = b"Code: 62. DB::Exception: Syntax error: failed at position 8. (SYNTAX_ERROR) (version 24.8)"
CROWD = b"Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)"
TAGGED = b"__exception__\r\nrumfyutuqkncbgau\r\n%s\r\n120 rumfyutuqkncbgau\r\n__exception__\r\n"
IN_MID_STREAM = {
    "after whole rows": as_csv([0, 3600]) + MEMORY,
    "within a row": as_csv([0, 3600])[:-9] + MEMORY + b"\n",
    "between marks": as_csv([0]) + TAGGED % MEMORY,
    "before any row": MEMORY,
    "as older servers write it": as_csv([0]) + b"Code: 241, e.displayText() = DB::Exception: Memory limit",
    "after half a Parquet file": as_parquet([0])[:300] + MEMORY,
}


@pytest.mark.parametrize("where", IN_MID_STREAM)
async def test_an_exception_after_200_is_never_data(where: str):
    (job,) = planned(campaign(between("2008-03-01", "2008-03-02")))
    async with answering(Server(lambda query: httpx.Response(200, content=IN_MID_STREAM[where]))) as client:
        (found,) = await ask(job, client)
    assert isinstance(found, Smaller)
    assert found.reason.startswith("Code: 241")
    assert [one.window.start for one in found.jobs] == [day("2008-03-01"), day("2008-03-01T12:00")]


@pytest.mark.parametrize(
    ("body", "status", "raised"), [(SYNTAX, 400, 400), (CROWD, 500, 500), (SYNTAX, 200, 400)]
)
async def test_what_is_our_fault_is_final_and_what_is_the_servers_may_pass(
    body: bytes, status: int, raised: int
):
    headers = {"X-ClickHouse-Exception-Code": body.split()[1].strip(b".").decode()}
    (job,) = planned(campaign(between("2008-03-01", "2008-03-02")))
    async with answering(
        Server(lambda query: httpx.Response(status, content=body, headers=headers))
    ) as client:
        with pytest.raises(FetchError, match=r"Code: \d+\. DB::Exception") as error:
            await ask(job, client)
    assert error.value.status == raised


SHORT = {
    "23 rows, the server counts 24": as_csv(list(range(23))),
    "whole lines": as_csv(list(range(24)))[:-3],
    "7 columns": as_csv(list(range(24))) + b"7,14\n",
    "ends with PAR1": as_parquet(list(range(24)))[:-4],
    "a readable footer": b"PAR1" + bytes(40) + b"PAR1",
}


@pytest.mark.parametrize("reason", SHORT)
async def test_an_answer_that_is_short_is_refused(reason: str):
    (job,) = planned(campaign(between("2008-03-01", "2008-03-02")))
    async with answering(Server(lambda query: httpx.Response(200, content=SHORT[reason]))) as client:
        with pytest.raises(FetchError, match=reason):
            await ask(job, client)


async def test_hours_are_never_cut_in_halves():
    def limit(query: str) -> httpx.Response | None:
        return httpx.Response(200, content=MEMORY) if len(hours(query)) > 2 else None

    window = between("2008-03-01T05:20", "2008-03-01T20:40")
    async with answering(Server(limit)) as client:
        outcome = await run(planned(campaign(window)), client)
    assert [time for time, _ in spots(outcome)] == hours("'2008-03-01 05:00:00' '2008-03-01 20:00:00'")
    assert all(job.window.start.minute == 0 for job in outcome.done)


async def test_a_single_hour_that_is_too_much_fails_with_the_servers_words():
    (job,) = planned(campaign(between("2008-03-01T05:00", "2008-03-01T06:00")))
    async with answering(Server(lambda query: httpx.Response(200, content=MEMORY))) as client:
        with pytest.raises(FetchError, match=r"Memory limit.*cannot be cut any smaller"):
            await ask(job, client)


async def test_a_window_without_rows_costs_one_question():
    asked = []

    def nothing(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=b"0\n")

    (job,) = planned(campaign(between("2008-03-01", "2008-03-02")))
    async with answering(nothing) as client:
        assert await ask(job, client) == [Held(window=job.window, empty=True)]
    assert len(asked) == 1


@pytest.mark.parametrize(
    "name",
    ["exception_code_395_plain.txt", "progress_headers_then_code_241.txt", "movies.csv", "movies.parquet"],
)
async def test_recorded_answers_are_what_they_are(samples: Path, name: str):
    body = (samples / "clickhouse-http" / name).read_bytes()
    (job,) = planned(campaign(between("2008-03-01", "2008-03-02"), count="no"))
    async with answering(lambda request: httpx.Response(200, content=body)) as client:
        if "395" in name:
            with pytest.raises(FetchError, match=r"Code: 395\. DB::Exception: Value passed to 'throwIf'"):
                await ask(job, client)
        elif "241" in name:
            assert "Memory limit" in (await ask(job, client))[0].reason
        else:
            payload, held = await ask(job, client)
            assert (payload.body, held) == (body, Held(window=job.window))


def test_a_query_says_where_its_window_goes():
    window = between("2008-03-01", "2008-03-02")
    for wrong in ("SELECT 1", by_band(WHEN) + "\nFORMAT CSV"):
        with pytest.raises(ConfigError, match="without FORMAT"):
            planned(campaign(window, query=wrong))
    with pytest.raises(ConfigError, match="CSVWithNames, Parquet"):
        planned(campaign(window, format="Pretty"))
