"""Sources of NHC that ask for the active storms first, then for what there is of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from terraloom.records import Payload
from terraloom.sources import source
from terraloom.sources.cyclones.nhc_advisory import INDEX

STORM = {"id": "ep072026", "forecastAdvisory": {"url": "https://www.nhc.noaa.gov/text/MIATCMEP2.shtml"}}


class Upstream:
    """Answers from a table; a page that is missing there is unchanged (304)."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.pages, self.asked = pages, list[str]()

    async def get(
        self,
        url: str,
        *,
        kind: str = "feed",
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        conditional: bool = True,
    ) -> Payload | None:
        self.asked.append(url)
        body = self.pages.get(url)
        now = datetime(2026, 8, 2, tzinfo=UTC)
        return None if body is None else Payload(source="x", url=url, fetched_at=now, body=body, kind=kind)


@pytest.mark.parametrize(
    ("source_id", "page"),
    [
        ("nhc-advisory", "https://www.nhc.noaa.gov/text/MIATCMEP2.shtml"),
        ("nhc-best-track", "https://ftp.nhc.noaa.gov/atcf/btk/bep072026.dat"),
    ],
)
class TestAskingForEachStorm:
    async def test_yields_the_page_of_each_active_storm(self, source_id: str, page: str) -> None:
        upstream = Upstream({INDEX: json.dumps({"activeStorms": [STORM]}).encode(), page: b"text"})
        found = [payload.url async for payload in source(source_id).fetch(upstream)]
        assert upstream.asked == [INDEX, page]
        assert found == [page]

    async def test_an_unchanged_page_is_not_archived_again(self, source_id: str, page: str) -> None:
        upstream = Upstream({INDEX: json.dumps({"activeStorms": [STORM]}).encode()})
        assert [payload async for payload in source(source_id).fetch(upstream)] == []

    async def test_an_unreadable_list_asks_for_nothing_more(self, source_id: str, page: str) -> None:
        upstream = Upstream({INDEX: b"<html>down</html>"})
        assert [payload async for payload in source(source_id).fetch(upstream)] == []
        assert upstream.asked == [INDEX]
