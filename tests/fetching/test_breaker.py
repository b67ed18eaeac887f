"""The breaker's transitions, on a clock that is moved by hand."""

from __future__ import annotations

import pytest
from faulty_upstream import http, info
from hypothesis import given
from hypothesis import strategies as st

from terraloom.errors import FetchError
from terraloom.fetching.breaker import Breaker, BreakerState
from terraloom.fetching.failures import Failure


@pytest.fixture
def breaker(time) -> Breaker:
    return Breaker(3, 60.0, monotonic=time.monotonic)


def fail(breaker: Breaker, times: int = 3) -> None:
    for _ in range(times):
        breaker.failed(breaker.admit())


def test_it_opens_after_consecutive_failures_only(breaker):
    fail(breaker, 2)
    breaker.succeeded(breaker.admit())
    fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED
    fail(breaker, 1)
    assert breaker.state is BreakerState.OPEN
    with pytest.raises(Failure, match="next try in 60 s"):
        breaker.admit()


def test_after_the_pause_one_probe_is_let_through(breaker, time):
    fail(breaker)
    time.now_s = 60.0
    assert breaker.state is BreakerState.HALF_OPEN
    breaker.admit()
    with pytest.raises(Failure, match="one probe is under way"):
        breaker.admit()


def test_a_good_probe_closes_it(breaker, time):
    fail(breaker)
    time.now_s = 60.0
    breaker.succeeded(breaker.admit())
    assert breaker.state is BreakerState.CLOSED
    fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED


def test_a_bad_probe_opens_it_for_another_whole_pause(breaker, time):
    fail(breaker)
    time.now_s = 60.0
    fail(breaker, 1)
    time.now_s = 119.0
    assert breaker.state is BreakerState.OPEN
    time.now_s = 120.0
    assert breaker.state is BreakerState.HALF_OPEN


def test_a_cancelled_probe_leaves_room_for_the_next(breaker, time):
    fail(breaker)
    time.now_s = 60.0
    breaker.abandoned(breaker.admit())
    breaker.succeeded(breaker.admit())
    assert breaker.state is BreakerState.CLOSED


def test_late_answers_from_before_it_opened_change_nothing(breaker, time):
    late = [breaker.admit() for _ in range(2)]
    fail(breaker)
    breaker.succeeded(late[0])
    assert breaker.state is BreakerState.OPEN
    time.now_s = 60.0
    breaker.admit()
    breaker.failed(late[1])
    assert breaker.state is BreakerState.HALF_OPEN


@given(st.lists(st.sampled_from(["ask", "good", "bad", "cancel", "wait"])))
def test_it_never_locks_up_and_never_has_two_probes(steps):
    now = [0.0]
    breaker = Breaker(2, 10.0, monotonic=lambda: now[0])
    tickets: list[tuple[int, bool]] = []
    closers = {"good": breaker.succeeded, "bad": breaker.failed, "cancel": breaker.abandoned}
    for step in steps:
        if step == "wait":
            now[0] += 10.0
        elif step == "ask":
            probing = breaker.state is BreakerState.HALF_OPEN
            try:
                tickets.append((breaker.admit(), probing))
            except Failure:
                continue
        elif tickets:
            closers[step](tickets.pop()[0])
        assert sum(probe and ticket == breaker._round for ticket, probe in tickets) <= 1
    for ticket, _ in tickets:
        breaker.abandoned(ticket)
    now[0] += 10.0
    breaker.succeeded(breaker.admit())
    assert breaker.state is BreakerState.CLOSED


async def test_an_unwell_host_is_left_alone_until_its_pause_is_over(upstream, make_client, time, events):
    upstream.replies = [http("500 Oh")] * 3 + [http(body=b"well again")]
    async with make_client(attempts=3, breaker={"failures": 3, "recovery_s": 900}) as client:
        fetcher = client.for_source(info())
        with pytest.raises(FetchError, match="HTTP 500"):
            await fetcher.get(upstream.url())
        assert client.breaker_state("127.0.0.1") is BreakerState.OPEN
        with pytest.raises(FetchError, match="breaker open"):
            await fetcher.get(upstream.url("/other"))
        assert len(upstream.requests) == 3
        time.now_s += 900
        assert client.breaker_state("127.0.0.1") is BreakerState.HALF_OPEN
        assert (await fetcher.get(upstream.url())).body == b"well again"
        assert client.breaker_state("127.0.0.1") is BreakerState.CLOSED
    assert events[-2].reason == "breaker open"


async def test_refusals_and_throttles_do_not_open_it(upstream, make_client):
    upstream.replies = [http("404 Not Found"), http("429 Slow"), http("404 Not Found"), http("429 Slow")]
    async with make_client(attempts=1, breaker={"failures": 2}) as client:
        for _ in range(4):
            with pytest.raises(FetchError):
                await client.for_source(info()).get(upstream.url())
        assert client.breaker_state("127.0.0.1") is BreakerState.CLOSED
