"""What is asked of the server again, what in pieces, and what not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from terraloom.backfill.jobs import Window
from terraloom.backfill.wspr.server import Server, TooMuch, patient
from terraloom.config import Fetch, Wspr
from terraloom.errors import FetchError
from terraloom.fetching import Client

DAY = Window(datetime(2020, 3, 1, tzinfo=UTC), datetime(2020, 3, 2, tzinfo=UTC))
MEMORY = "Code: 241. DB::Exception: Memory limit (for query) exceeded. (MEMORY_LIMIT_EXCEEDED)\n"
UNKNOWN = "Code: 47. DB::Exception: Unknown identifier `snr`. (UNKNOWN_IDENTIFIER)\n"


class Answers:
    """Gives its answers in order, the last one for ever, and counts the requests."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers, self.requests = answers, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        status, text = self.answers[min(self.requests, len(self.answers) - 1)]
        self.requests += 1
        return httpx.Response(status, stream=httpx.ByteStream(text.encode()))


async def asked(answers: Callable[[httpx.Request], httpx.Response], path: Path, *, divisible: bool) -> None:
    async def at_once(seconds: float) -> None:
        await asyncio.sleep(0)

    fetch = Fetch(breaker={"failures": 3, "recovery_s": 0.001}, backoff_initial_s=0.001)
    transport = httpx.MockTransport(answers)
    async with Client(patient(fetch, Wspr()), transport=transport, sleep=at_once) as client:
        await Server(client, Wspr()).save(DAY, path, divisible=divisible)


async def test_what_is_too_much_is_not_asked_for_again(tmp_path: Path) -> None:
    answers = Answers((500, MEMORY))
    with pytest.raises(TooMuch, match="Memory limit"):
        await asked(answers, tmp_path / "answer", divisible=True)
    assert answers.requests == 1


async def test_a_server_that_is_ill_for_a_moment_is_asked_again(tmp_path: Path) -> None:
    answers = Answers((500, MEMORY), (500, "<html>"), (200, "spots"))
    await asked(answers, tmp_path / "answer", divisible=False)
    assert (tmp_path / "answer").read_bytes() == b"spots"


async def test_a_wrong_question_is_told_in_clickhouses_words(tmp_path: Path) -> None:
    answers = Answers((404, UNKNOWN))
    with pytest.raises(FetchError, match=r"db1.wspr.live/: Code: 47.*UNKNOWN_IDENTIFIER\) \(HTTP 404\)"):
        await asked(answers, tmp_path / "answer", divisible=True)
    assert answers.requests == 1


async def test_an_open_breaker_is_waited_for(tmp_path: Path) -> None:
    answers = Answers(*[(502, "")] * 3, (200, "spots"))
    await asked(answers, tmp_path / "answer", divisible=False)
    assert (tmp_path / "answer").read_bytes() == b"spots"
