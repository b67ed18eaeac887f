"""Sources of NHC that ask for the active storms first, then for what there is of each."""

from __future__ import annotations

import json

import pytest
from upstreams import Upstream

from terraloom.sources import source
from terraloom.sources.cyclones.nhc_advisory import INDEX

STORM = {"id": "ep072026", "forecastAdvisory": {"url": "https://www.nhc.noaa.gov/text/MIATCMEP2.shtml"}}


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
