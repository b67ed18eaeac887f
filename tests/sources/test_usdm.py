"""US Drought Monitor."""

from __future__ import annotations

from recordings import measure, payload
from upstreams import Upstream

from terraloom.sources import source

NATIONAL, STATES = source("usdm-national"), source("usdm-states")
NATION = b"""MapDate,AreaOfInterest,None,D0,D1,D2,D3,D4,ValidStart,ValidEnd,StatisticFormatID
20260811,CONUS,26.38,73.62,50.38,29.50,10.27,1.04,2026-08-11,2026-08-17,1
20260811,Total,34.55,65.45,42.60,24.90,8.60,0.87,2026-08-11,2026-08-17,1
"""
STATE = b"""MapDate,StateAbbreviation,StatisticFormatID,ValidStart,ValidEnd,D0,D1,D2,D3,D4,None
2026-08-11T00:00:00,CO,1,2026-08-11,2026-08-17,100.00,91.20,60.00,22.10,0.00,0.00
2026-08-11T00:00:00,NE,2,2026-08-11,2026-08-17,10.00,20.00,30.00,0.00,0.00,40.00
"""


def test_a_week_has_the_share_of_each_class_or_worse() -> None:
    found = measure(NATIONAL, NATION)
    assert found.value("drought_d1_area_share", "usdm/CONUS", "2026-08-11") == 50.38
    assert found.value("drought_d4_area_share", "usdm/Total", "2026-08-11") == 0.87
    assert (len(found.values), found.rejects) == (10, [])


def test_shares_by_class_alone_are_another_thing() -> None:
    found = measure(STATES, STATE)
    assert {one.station for one in found.values} == {"usdm/CO"}
    [refused] = found.rejects
    assert "StatisticFormatID: got '2'" in refused.reason


def test_nation_and_states_are_told_apart() -> None:
    assert [one.recognises(payload(NATION)) for one in (NATIONAL, STATES)] == [True, False]
    assert [one.recognises(payload(STATE)) for one in (NATIONAL, STATES)] == [False, True]


async def test_all_fifty_states_and_the_district_are_asked_for_a_year() -> None:
    upstream = Upstream({})
    assert [payload async for payload in STATES.fetch(upstream)] == []
    [asked] = upstream.asked
    assert "startdate=8/2/2025&enddate=8/2/2026" in asked
    assert len(asked.partition("aoi=")[2].partition("&")[0].split(",")) == 51
