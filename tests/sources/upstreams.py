"""An upstream that answers from a table."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from terraloom.errors import FetchError
from terraloom.records import Payload
from terraloom.sources.base import Source

NOW = datetime(2026, 8, 2, tzinfo=UTC)


class Upstream:
    """Answers from a table; a page that is missing there is unchanged (304), one that is None fails."""

    now = NOW

    def __init__(self, pages: dict[str, bytes | None]) -> None:
        self.pages, self.asked = pages, list[str]()

    async def get(
        self,
        url: str,
        *,
        kind: str = "feed",
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        conditional: bool = True,
        accept_status: Collection[int] = (),
    ) -> Payload | None:
        self.asked.append(url)
        if url not in self.pages:
            return None
        body = self.pages[url]
        if body is None:
            raise FetchError(url, "the server is down", 503)
        return Payload(source="x", url=url, fetched_at=NOW, body=body, kind=kind)


async def fetch_into(received: list[Payload], source: Source, upstream: Upstream) -> None:
    """All that a source fetches, also where it ends with an error."""
    async for one in source.fetch(upstream):
        received.append(one)  # noqa: PERF401 - a comprehension would lose what came before the error
