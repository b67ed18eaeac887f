"""NOAA NDBC: tsunami gauges on the ocean floor."""

from __future__ import annotations

from recordings import measure, payload
from upstreams import Upstream

from terraloom.records import Payload
from terraloom.sources.ocean.ndbc_dart import DATA, STATIONS, NdbcDart

SOURCE = NdbcDart()
LISTED = b"""<?xml version="1.0" encoding="utf-8"?><stations created="2026-08-02T00:00:00UTC" count="3">
<station id="21413" lat="30.487" lon="152.124" name="SE TOKYO" type="dart" met="n" dart="y"/>
<station id="46404" lat="45.853" lon="-128.775" name="OREGON" type="dart" met="n" dart="n"/>
<station id="99999" lat="" lon="" name="LOST" type="dart" met="n" dart="y"/>
</stations>"""
HEIGHTS = b"""#YY  MM DD hh mm ss T   HEIGHT
#yr  mo dy hr mn  s -        m
2026 07 26 12 00 15 3 5604.270
2026 07 26 11 45 00 1       MM
2026 07 26 11 30 00 1 9999.000
2026 07 26 11 15 00 1 5604.418
"""
GAUGE = f"{DATA}/21413.dart"


def test_a_gauge_is_named_by_its_address_and_its_times_have_seconds() -> None:
    found = measure(SOURCE, payload(HEIGHTS, url=GAUGE))
    assert found.value("water_column_height", "ndbc/21413", "2026-07-26T12:00:15") == 5604.270
    assert (len(found.values), found.rejects, found.stations) == (2, [], {})


def test_the_list_says_where_reporting_gauges_are() -> None:
    found = measure(SOURCE, LISTED)
    assert {one.id: (one.lon, one.lat) for one in found.stations.values()} == {
        "ndbc/21413": (152.124, 30.487)
    }
    assert ["lon: got ''" in one.reason for one in found.rejects] == [True]


async def test_only_gauges_that_report_are_asked() -> None:
    upstream = Upstream({STATIONS: LISTED, GAUGE: HEIGHTS})
    received: list[Payload] = [one async for one in SOURCE.fetch(upstream)]
    assert upstream.asked == [STATIONS, GAUGE]
    assert [one.kind for one in received] == ["stations", "feed"]
