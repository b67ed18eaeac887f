"""One poll's steps, without a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar

from toy import toy_source

from terraloom.polling.loop import Loop
from terraloom.polling.once import look
from terraloom.polling.poller import Poller
from terraloom.records import Observation, Payload, Reject
from terraloom.sources import Source
from terraloom.sources.base import Fetcher


class Endless(Source):
    """An upstream that keeps one waiting for its next page."""

    info = toy_source().info
    pages: ClassVar[list[Payload]] = []

    def fetch(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        return self._pages()

    async def _pages(self) -> AsyncIterator[Payload]:
        while True:
            await asyncio.sleep(0.01)
            for page in self.pages:
                yield page

    def parse(self, payload: Payload) -> Iterator[Observation | Reject]:
        yield Observation(metric="kp", station="toys/earth", time=payload.fetched_at, value=3.0)
        yield Reject(where="record 1", reason="none")


def test_requests_without_an_end_are_ended_and_the_poll_says_so() -> None:
    source: Any = Endless()
    nobody: Any = SimpleNamespace(for_source=lambda info: None)
    with Loop() as loop:
        poller = Poller(
            nobody,
            {"toy-feed": source},
            infos={"toy-feed": source.info},
            upstreams=nobody,
            loop=loop,
            ingest=print,
            fetch_s=0.2,
        )
        fetched = poller.fetch("toy-feed")
    assert fetched.error == "not done after 0.2 s; 0 payloads came"


def test_a_look_at_measurements_says_what_was_measured_where() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    seen = look(Endless(), Payload(source="toy-feed", url="", fetched_at=at, body=b""))
    assert (seen.records, seen.types, seen.rejected) == (1, {"kp": 1}, 1)
    assert seen.first[0] | {"quality": 0} == {
        "station": "toys/earth",
        "time": at,
        "metric": "kp",
        "value": 3.0,
        "quality": 0,
    }
