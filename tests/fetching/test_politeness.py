"""How much one host is asked, and how long it is left alone when it says so."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from time import perf_counter

import pytest
from faulty_upstream import http, info
from hypothesis import given
from hypothesis import strategies as st

from terraloom.config import Fetch
from terraloom.errors import FetchError
from terraloom.fetching.backoff import retry_after_s, wait_s
from terraloom.fetching.failures import Failure, Reason

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(tries=st.integers(1, 10_000), seed=st.integers())
def test_back_off_is_jittered_over_the_whole_step_and_bounded(tries, seed):
    settings = Fetch(backoff_initial_s=0.5, backoff_max_s=40)
    waits = [wait_s(Failure(Reason.RESET, ""), tries, settings, Random(seed + n)) for n in range(50)]
    step = min(40.0, 0.5 * 2.0 ** min(tries - 1, 50))
    assert all(0 <= wait <= step for wait in waits)
    assert max(waits) - min(waits) > step / 4


@given(st.integers(0, 10**6))
def test_retry_after_reads_seconds_and_dates_alike(seconds):
    date = format_datetime(NOON + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_s(str(seconds), NOON) == seconds
    assert retry_after_s(date, NOON) == seconds


@given(
    st.one_of(st.none(), st.text(), st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ \S+", fullmatch=True))
)
def test_any_retry_after_is_read_or_ignored(header):
    seconds = retry_after_s(header, NOON)
    assert seconds is None or seconds >= 0


def test_a_date_in_the_past_means_now():
    assert retry_after_s("Sun, 01 Mar 2020 12:00:00 GMT", NOON) == 0


async def test_retry_after_is_waited_for(upstream, make_client, time):
    upstream.replies = [http("429 Slow down", Retry_After="17"), http(body=b"now")]
    async with make_client() as client:
        payload = await client.for_source(info()).get(upstream.url())
    assert payload.body == b"now"
    assert 17 <= sum(time.slept) <= 18


async def test_a_date_is_waited_for_by_the_clock_given(upstream, make_client, time):
    date = format_datetime(time.clock() + timedelta(seconds=40), usegmt=True)
    upstream.replies = [http("503 Busy", Retry_After=date), http(body=b"now")]
    async with make_client() as client:
        await client.for_source(info()).get(upstream.url())
    assert 40 <= sum(time.slept) <= 41


async def test_one_that_asks_for_too_long_ends_the_poll_and_is_left_alone(upstream, make_client, time):
    upstream.replies = [http("429 Slow down", Retry_After="1000"), http(body=b"now")]
    async with make_client(retry_after_max_s=300) as client:
        with pytest.raises(FetchError, match="HTTP 429"):
            await client.for_source(info()).get(upstream.url())
        with pytest.raises(FetchError, match="asked for 1000 s of rest"):
            await client.for_source(info(id="other-source")).get(upstream.url())
        assert (len(upstream.requests), time.slept) == (1, [])
        time.now_s += 1001
        assert (await client.for_source(info()).get(upstream.url())).body == b"now"


async def test_a_slip_of_the_server_does_not_silence_it_for_years(upstream, make_client, time):
    upstream.replies = [http("503 Busy", Retry_After="Tue, 19 Jan 2038 03:14:07 GMT"), http(body=b"now")]
    async with make_client() as client:
        with pytest.raises(FetchError):
            await client.for_source(info()).get(upstream.url())
        time.now_s += 3601
        assert (await client.for_source(info()).get(upstream.url())).body == b"now"


async def test_no_more_requests_at_a_time_than_allowed(upstream, make_client):
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(http(body=b"x"))

    upstream.replies = [slow]
    async with make_client(concurrency_per_host=2) as client:
        fetcher = client.for_source(info())
        await asyncio.gather(*(fetcher.get(upstream.url(f"/{n}")) for n in range(6)))
    assert upstream.most_under_way == 2


@pytest.mark.parametrize(
    ("source_rate", "settings"),
    [(600, {}), (60_000, {"rate_per_minute": 600}), (60_000, {"hosts": {"127.0.0.1": 600}})],
    ids=["the source's", "the settings'", "the host's"],
)
async def test_no_more_requests_a_minute_than_allowed(upstream, make_client, source_rate, settings):
    async with make_client(concurrency_per_host=10, **settings) as client:
        fetcher = client.for_source(info(rate_per_minute=source_rate))
        began = perf_counter()
        await asyncio.gather(*(fetcher.get(upstream.url()) for _ in range(8)))
    assert perf_counter() - began > 0.25  # 5 at once, then one each 0.1 s


async def test_the_slowest_source_on_a_host_sets_its_rate(upstream, make_client):
    async with make_client() as client:
        await client.for_source(info(rate_per_minute=600)).get(upstream.url())
        began = perf_counter()
        other = client.for_source(info(id="other-source", rate_per_minute=6000))
        await asyncio.gather(*(other.get(upstream.url()) for _ in range(8)))
    assert perf_counter() - began > 0.25
