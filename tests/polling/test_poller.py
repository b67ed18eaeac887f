"""One poll's steps, without a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any, ClassVar

from toy import toy_source

from terraloom.polling.loop import Loop
from terraloom.polling.poller import Poller
from terraloom.records import Payload, Reject
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

    def parse(self, payload: Payload) -> Iterator[Reject]:
        yield Reject(where="all", reason="never asked to")


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
