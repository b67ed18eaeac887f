"""JSON in pages: all of them, however the service goes on; none twice; and no more than there are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from upstream import answering, ask, between, day, planet, planned, run, simulated

from terraloom.backfill.jobs import Campaign, Held, Smaller
from terraloom.backfill.known import campaigns
from terraloom.errors import ConfigError, FetchError
from terraloom.records import Observation, Payload
from terraloom.universe.faults import Fault, Kind
from terraloom.universe.feeds import worldbank

ADDRESS = "https://api.example/things?size=10"
FAULTS = [Fault(k, "*", 0.1, 0.0) for k in (Kind.THROTTLE, Kind.TRUNCATE, Kind.RESET, Kind.UNAVAILABLE)]
WAYS = {
    "page": {"page": "page", "total": "meta.found"},
    "page from 0, no total": {"page": "p", "first": "0"},
    "offset": {"offset": "skip", "total": "meta.found"},
    "cursor": {"cursor": "cursor", "next": "meta.next_cursor"},
    "next": {"next": "links.next"},
    "link": {"next": "link"},
}


def campaign(**parameters: str) -> Campaign:
    given = {"address": ADDRESS, "records": "results"} | parameters
    return Campaign(kind="cursor-json", source="worldbank-indicators", parameters=given)


def service(n: int, size: int = 10) -> Callable[[httpx.Request], httpx.Response]:
    """Numbers 0..n-1 in pages; it understands all ways. Its last full page names a next cursor too."""

    def answer(request: httpx.Request) -> httpx.Response:
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        at = int(query.get("skip", query.get("cursor", "c0")[1:]))
        at = (int(query["page"]) - 1) * size if "page" in query else at
        at = int(query["p"]) * size if "p" in query else at
        found = list(range(n))[at : at + size]
        body = {
            "meta": {"found": n, "next_cursor": f"c{at + size}"},
            "results": found,
            "links": {"next": None},
        }
        headers = {}
        if at + size < n:
            body["links"]["next"] = f"/things?size=10&skip={at + size}"
            headers["Link"] = f'<https://api.example/things?skip={at + size}>; rel="next", </x>; rel="last"'
        return httpx.Response(200, json=body, headers=headers)

    return answer


def numbers(found: list) -> list[int]:
    return [n for one in found if isinstance(one, Payload) for n in json.loads(one.body)["results"]]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("n", [0, 1, 10, 57])
async def test_every_way_brings_every_record_once(way: str, n: int):
    (job,) = planned(campaign(**WAYS[way]))
    async with answering(service(n)) as client:
        found = await ask(job, client)
    assert numbers(found) == list(range(n))
    assert found[-1] == Held(window=None, empty=n == 0)


async def test_indicators_in_pages_equal_the_truth_through_faults():
    asked = campaigns()["worldbank"]
    small = asked.parameters["address"].replace("per_page=5000", "per_page=130")
    few = {**asked.parameters, "address": small, "items": "SP.POP.TOTL EG.ELC.ACCS.ZS"}
    async with simulated(FAULTS) as client:
        outcome = await run(planned(replace(asked, parameters=few)), client)
    read = {(o.metric, o.station, o.time): o.value for o in outcome.records if isinstance(o, Observation)}
    truth = {
        (metric, f"worldbank/{country}", day(f"{year}-01-01")): value
        for code, metric in (("SP.POP.TOTL", "population"), ("EG.ELC.ACCS.ZS", "electricity_access_share"))
        for country in worldbank.COUNTRIES
        for year in worldbank.YEARS
        if (value := worldbank.value(planet().seed, code, country, year)) is not None
    }
    assert len(outcome.payloads) == 14
    assert read == truth


def fixed(*pages: dict, link: str = "") -> Callable[[httpx.Request], httpx.Response]:
    """A service that answers request after request with these pages, the last of them for ever."""
    left = list(pages)
    headers = {"Link": link} if link else {}
    return lambda request: httpx.Response(
        200, json=left.pop(0) if len(left) > 1 else left[0], headers=headers
    )


def page(*numbers: int, **more: object) -> dict:
    return {"results": list(numbers), **more}


CIRCLES = {
    "a cursor that came before": (
        {"cursor": "cursor", "next": "next"},
        [page(1, next="a"), page(2, next="b"), page(3, next="a")],
        "its next page was asked for before",
    ),
    "a link to itself": ({"next": "next"}, [page(1, next=ADDRESS)], "its next page was asked for before"),
    "a page parameter that is ignored": ({"page": "page"}, [page(1, 2)], "it repeats an earlier page"),
}


@pytest.mark.parametrize("what", CIRCLES)
async def test_a_service_that_goes_in_circles_is_an_error(what: str):
    parameters, pages, reason = CIRCLES[what]
    (job,) = planned(campaign(**parameters))
    async with answering(fixed(*pages)) as client:
        with pytest.raises(FetchError, match=reason):
            await ask(job, client)


async def test_pages_that_do_not_reach_the_total_are_no_success():
    (job,) = planned(campaign(page="page", total="found"))
    async with answering(fixed(page(1, 2, found=5), page(3, found=5), page(found=5))) as client:
        with pytest.raises(FetchError, match="3 records came, the service says 5"):
            await ask(job, client)


async def test_a_total_that_is_no_number_is_none():
    (job,) = planned(campaign(page="page", total="meta.found"))
    pages = page(1, meta={"found": ">1"}), page(2, meta={"found": ">1"}), page(meta={"found": ">1"})
    async with answering(fixed(*pages)) as client:
        assert numbers(await ask(job, client)) == [1, 2]


async def test_a_page_beyond_the_last_that_is_not_found_is_the_end():
    def answer(request: httpx.Request) -> httpx.Response:
        if "page=2" in str(request.url):
            return httpx.Response(404, json={"error": {"code": "NOT_FOUND"}})
        return httpx.Response(200, json=page(1))

    (job,) = planned(campaign(page="page"))
    async with answering(answer) as client:
        assert numbers(await ask(job, client)) == [1]
    async with answering(lambda request: httpx.Response(404, json={"error": "no such API"})) as client:
        with pytest.raises(FetchError, match="no such API"):
            await ask(job, client)


async def test_a_window_with_more_than_the_service_gives_is_made_smaller():
    asked = campaign(address=ADDRESS + "&from={start}&to={end}", page="page", total="meta.found", most="50")
    (job,) = planned(replace(asked, window=between("2001-01-01", "2001-01-05")))
    async with answering(service(57)) as client:
        (found,) = await ask(job, client)
    assert isinstance(found, Smaller)
    assert found.reason == "the service has 57 records"
    assert found.jobs[0].window.end == day("2001-01-03")


async def test_windows_and_items_stand_in_the_address():
    asked = []
    parameters = {
        "address": "https://api.example/{item}?from={start}&to={end}",
        "items": "a b",
        "offset": "skip",
    }
    jobs = planned(replace(campaign(**parameters), window=between("2001-01-01", "2001-01-02")))

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.path}?{request.url.query.decode()}")
        return httpx.Response(200, json=page())

    async with answering(answer) as client:
        await run(jobs, client)
    assert asked == [
        "/a?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z&skip=0",
        "/b?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z&skip=0",
    ]


RECORDED = {"measurements.json": 2, "locations.json": 1, "sensors.json": 8}


@pytest.mark.parametrize("name", RECORDED)
async def test_recorded_pages_are_counted_by_their_own_total(samples: Path, name: str):
    body = (samples / "openaq" / name).read_bytes()
    whole = json.loads(body)
    (job,) = planned(campaign(page="page", total="meta.found"))
    async with answering(lambda request: httpx.Response(200, content=body)) as client:
        if len(whole["results"]) < RECORDED[name]:  # shortened by whoever recorded it
            with pytest.raises(FetchError, match="repeats an earlier page"):
                await ask(job, client)
        else:
            payload, held = await ask(job, client)
            assert (payload.body, held) == (body, Held(window=None))


async def test_recorded_indicators_with_all_of_their_rows_are_whole(samples: Path):
    body = (samples / "worldbank/wdi_jl_01_testjsonstr.json").read_bytes()
    (job,) = planned(campaign(records="1", total="0.total", page="page"))
    async with answering(lambda request: httpx.Response(200, content=body)) as client:
        payload, held = await ask(job, client)
    assert (payload.body, held) == (body, Held(window=None))


@settings(max_examples=30)
@given(st.integers(0, 60), st.integers(1, 20))
async def test_any_number_in_pages_of_any_size_comes_once(n: int, size: int):
    (job,) = planned(campaign(page="page", total="meta.found"))
    async with answering(service(n, size)) as client:
        assert numbers(await ask(job, client)) == list(range(n))


def test_a_campaign_says_one_way_to_go_on():
    for parameters in ({}, {"page": "p", "offset": "o"}, {"cursor": "c"}):
        with pytest.raises(ConfigError, match="page, or offset, or cursor and next"):
            planned(campaign(**parameters))


@pytest.mark.parametrize("name", campaigns())
def test_ready_campaigns_plan_the_same_jobs_each_time(name: str):
    asked = replace(campaigns()[name], window=between("2001-01-01", "2001-04-01"))
    jobs = planned(asked)
    assert jobs
    assert [job.id for job in jobs] == [job.id for job in planned(asked)]
    assert len({job.id for job in jobs}) == len(jobs)
    assert all(job.host and job.series for job in jobs)
    assert not any(re.search(r"[{}]", urlsplit(job.host).path) for job in jobs)
