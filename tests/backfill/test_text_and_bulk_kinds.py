"""Files: one for each month, or one for all; what was cut, or is another file, is no success."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from upstream import answering, ask, between, day, planet, planned, run, simulated

from terraloom.backfill.jobs import Campaign, Held
from terraloom.backfill.known import campaigns
from terraloom.errors import ConfigError, FetchError
from terraloom.records import Observation, Reject
from terraloom.universe.faults import Fault, Kind
from terraloom.universe.feeds import kyoto, worldbank

DST = campaigns()["dst"]
FAULTS = [Fault(k, "*", 0.1, 0.0) for k in (Kind.THROTTLE, Kind.TRUNCATE, Kind.RESET, Kind.UNAVAILABLE)]


async def test_dst_comes_by_months_from_final_and_provisional_files():
    window = between("2014-11-01", "2015-03-01")
    async with simulated(FAULTS) as client:
        outcome = await run(planned(replace(DST, window=window)), client)
    read = {one.time: one.value for one in outcome.records if isinstance(one, Observation)}
    hours = list(kyoto.DST.steps(window.start, window.end))
    truth = {t: value for t in hours if (value := kyoto.value(planet().seed, t)) is not None}
    assert read == truth
    assert [held.window for held in outcome.held] == [job.window for job in outcome.done]
    assert ["final" in payload.url for payload in outcome.payloads] == [True, True, False, False]


async def test_a_month_without_a_file_fails_with_where_it_was_looked_for():
    (job,) = planned(replace(DST, window=between("1950-01-01", "1950-02-01")))
    async with simulated() as client:
        with pytest.raises(FetchError, match=r"dst_final/195001.*no such file there, nor at 2 others"):
            await ask(job, client)


async def test_a_month_that_is_not_over_is_known_up_to_its_last_hour():
    line = "DST2611*01  X020   0" + "".join(f"{hour:4d}" for hour in range(24)) + "  11"
    (job,) = planned(replace(DST, window=between("2026-11-01", "2026-12-01")))
    async with answering(lambda request: httpx.Response(200, content=line.encode())) as client:
        _, held = await ask(job, client)
    assert held == Held(window=between("2026-11-01", "2026-11-02"))


RECORDED = {  # kind of campaign and the recording that answers it
    "sunspots": "sunspots-silso/SN_d_tot_V2.0_2022-05.csv",
    "sunspots-monthly": "sunspots-silso/SN_m_tot_V2.0_2021-01.csv",
    "co2": "noaa-co2/co2_mm_mlo_2023-12.csv",
    "co2-daily": "noaa-co2/co2_daily_mlo_2026-01.txt",
}


LONG = pytest.param("sunspots", marks=pytest.mark.slow)  # 75,000 lines, read three times


@pytest.mark.parametrize("name", [LONG, *(name for name in RECORDED if name != "sunspots")])
async def test_a_recorded_archive_loads_whole_and_a_part_of_it_does_not(samples: Path, name: str):
    body = (samples / RECORDED[name]).read_bytes()
    (job,) = planned(campaigns()[name])
    async with answering(lambda request: httpx.Response(200, content=body)) as client:
        outcome = await run([job], client)
    assert outcome.held == [Held(window=None)]
    assert not [one for one in outcome.records if isinstance(one, Reject)]
    async with answering(lambda request: httpx.Response(200, content=body[: len(body) * 2 // 3])) as client:
        with pytest.raises(FetchError, match="the file is cut or another"):
            await ask(job, client)


async def test_a_recorded_year_of_dst_loads_whole(samples: Path):
    body = (samples / "dst/dst2000.txt").read_bytes()
    year = {
        "address": "https://wdc.kugi.kyoto-u.ac.jp/{year}.txt",
        "by": "year",
        "cadence": "PT1H",
        "least": "8784",
    }
    asked = replace(DST, window=between("2000-01-01", "2001-01-01"), parameters=year)
    async with answering(lambda request: httpx.Response(200, content=body)) as client:
        outcome = await run(planned(asked), client)
    assert outcome.held == [Held(window=asked.window)]
    assert sum(isinstance(one, Observation) for one in outcome.records) == 366 * 24


OTHERS = {  # recordings and the sources that read them
    "noaa-co2/co2-mm-mlo_2026-08_datasets.csv": "gml-co2-monthly",
    "dst/dst_last_96_hrs.txt": "lasp-dst",
    "dst/ae_last_96_hrs.txt": "lasp-ae",
    "wspr/wsprnet_copy-paste_2023.txt": "wsprnet-spots",
    "wspr/wsprnet_olddb_response.html": "wsprnet-spots",
}


@pytest.mark.parametrize("name", OTHERS)
async def test_other_recorded_files_load_whole(samples: Path, name: str):
    body = (samples / name).read_bytes()
    parameters = {"address": "https://archive.example/file", "least": "3"}
    (job,) = planned(Campaign(kind="text", source=OTHERS[name], parameters=parameters))
    async with answering(lambda request: httpx.Response(200, content=body)) as client:
        outcome = await run([job], client)
    assert (outcome.held, job.series) == ([Held(window=None)], "whole")
    assert not [one for one in outcome.records if isinstance(one, Reject)]


async def test_an_error_page_is_no_file():
    (job,) = planned(campaigns()["co2"])
    page = b"<!DOCTYPE html><html><body><h1>Down for maintenance</h1></body></html>"
    async with answering(lambda request: httpx.Response(200, content=page)) as client:
        with pytest.raises(FetchError):
            await ask(job, client)


BULK = Campaign(
    kind="bulk",
    source="worldbank-indicators",
    parameters={
        "address": "https://api.worldbank.org/v2/country/all/indicator/{item}?format=json&per_page=32500",
        "items": "SP.POP.TOTL AG.LND.TOTL.K2",
        "records": "1",
        "total": "0.total",
    },
)


async def test_an_indicator_in_one_file_is_one_job_and_equals_the_truth():
    async with simulated(FAULTS) as client:
        jobs = planned(BULK)
        outcome = await run(jobs, client)
    assert [job.series for job in jobs] == ["SP.POP.TOTL", "AG.LND.TOTL.K2"]
    read = {(o.metric, o.station, o.time): o.value for o in outcome.records if isinstance(o, Observation)}
    truth = {
        (metric, f"worldbank/{country}", day(f"{year}-01-01")): value
        for code, metric in (("SP.POP.TOTL", "population"), ("AG.LND.TOTL.K2", "land_area"))
        for country in worldbank.COUNTRIES
        for year in worldbank.YEARS
        if (value := worldbank.value(planet().seed, code, country, year)) is not None
    }
    assert read == truth


@pytest.mark.parametrize(
    ("address", "reason"),
    [("&per_page=50", "50 records came, the service says 900"), ("&per_page=99999", "no array under '1'")],
)
async def test_a_part_of_the_pages_or_an_error_with_200_is_no_success(address: str, reason: str):
    asked = BULK.parameters["address"].replace("&per_page=32500", address)
    (job, _) = planned(replace(BULK, parameters={**BULK.parameters, "address": asked}))
    async with simulated() as client:
        with pytest.raises(FetchError, match=reason):
            await ask(job, client)


@pytest.mark.parametrize(
    "path", ["population", "gdp", "land_area", "forested_land_area", "agricultural_land_area"]
)
async def test_recorded_indicators_load_whole(samples: Path, path: str):
    body = (samples / f"worldbank/world_bank_{path}_indicators.json").read_bytes()
    said = body.replace(b'"total": 264', f'"total": {body.count(b"countryiso3code")}'.encode())
    (job, _) = planned(BULK)
    async with answering(lambda request: httpx.Response(200, content=said)) as client:
        outcome = await run([job], client)
    assert outcome.held == [Held(window=None)]
    assert not [one for one in outcome.records if isinstance(one, Reject)]


async def test_a_recording_with_fewer_rows_than_its_total_is_refused(samples: Path):
    """They were shortened by whoever recorded them: of 264 rows a few are left."""
    body = (samples / "worldbank/world_bank_gdp_indicators.json").read_bytes()
    (job, _) = planned(BULK)
    async with answering(lambda request: httpx.Response(200, content=body)) as client:
        with pytest.raises(FetchError, match="records came, the service says 264"):
            await ask(job, client)


def test_items_and_their_place_go_together():
    for parameters in (
        {"address": "https://x.example/{item}"},
        {"address": "https://x.example/", "items": "a"},
    ):
        with pytest.raises(ConfigError, match="if, and only if"):
            planned(replace(BULK, parameters=parameters))
    with pytest.raises(ConfigError, match="month, year or day"):
        planned(
            replace(
                DST, window=between("2001-01-01", "2001-02-01"), parameters={**DST.parameters, "by": "week"}
            )
        )
