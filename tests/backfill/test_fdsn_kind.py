"""FDSN event services: everything that the archive has comes, once, through limits, refusals and faults."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from upstream import answering, ask, between, day, planet, planned, run, simulated

from terraloom.backfill.jobs import Campaign, Held, Window
from terraloom.backfill.kinds.fdsn_event import SERVICES, counted
from terraloom.errors import ConfigError, FetchError
from terraloom.records import HazardReport
from terraloom.universe import past
from terraloom.universe.faults import Fault, Kind

AGENCIES = {
    "usgs-earthquakes-month": "usgs",
    "emsc-earthquakes": "emsc",
    "gfz-earthquakes": "gfz",
    "isc-earthquakes": "isc",
    "ingv-earthquakes": "ingv",
}
USGS, ISC = "usgs-earthquakes-month", "isc-earthquakes"
FAULTS = [Fault(k, "*", 0.1, 0.0) for k in (Kind.THROTTLE, Kind.TRUNCATE, Kind.RESET, Kind.UNAVAILABLE)]


def campaign(source: str, window: Window, **parameters: str) -> Campaign:
    return Campaign(kind="fdsn-event", source=source, window=window, parameters=parameters)


def truth(source: str, window: Window, smallest: float = -9) -> list[tuple[str, float]]:
    """Id and magnitude of what the planet's archive holds, oldest first."""
    found = past.archived(planet().seed, AGENCIES[source], window.start, window.end)
    return [(v.id, v.size) for _, v in reversed(found) if v.onset < window.end and v.size >= smallest]


def read(outcome) -> list[tuple[str, float]]:
    reports = sorted((r for r in outcome.records if isinstance(r, HazardReport)), key=lambda r: r.onset)
    assert len(reports) == len(outcome.records)
    return [(report.source_event_id, report.magnitude) for report in reports]


@pytest.mark.parametrize("source", AGENCIES)
async def test_through_faults_the_archive_comes_whole_and_once(source: str):
    window = between("2011-02-20", "2011-05-03")
    async with simulated(FAULTS) as client:
        outcome = await run(planned(campaign(source, window)), client)
    assert sorted(read(outcome)) == sorted(truth(source, window))
    assert [held.window for held in outcome.held] == [job.window for job in outcome.done]


@pytest.mark.parametrize("count", ["yes", "no"])
async def test_a_window_is_split_until_its_rows_are_fewer_than_the_limit(count: str):
    window = between("2011-03-01", "2011-03-31")
    async with simulated() as client:
        outcome = await run(planned(campaign(USGS, window, limit="40", count=count)), client)
    assert outcome.split
    assert sorted(read(outcome)) == sorted(truth(USGS, window))
    assert outcome.done[0].window.start == window.start
    assert all(a.window.end == b.window.start for a, b in zip(outcome.done, outcome.done[1:], strict=False))


async def test_413_splits():
    window = between("2001-01-01", "2001-09-01")
    asked = Campaign(kind="fdsn-event", source=ISC, window=window, step_s=366 * 86_400)
    async with simulated() as client:
        outcome = await run(planned(asked), client)
    assert outcome.split[0].reason.startswith("413: Request too large")
    assert sorted(read(outcome)) == sorted(truth(ISC, window))


def too_much(request: httpx.Request) -> httpx.Response:
    """USGS, whose count and query may disagree for a moment."""
    if "/count" in str(request.url):
        return httpx.Response(200, json={"count": 19_000, "maxAllowed": 20_000})
    said = b"20160 matching events exceeds search limit of 20000. Modify the search to match fewer events."
    return httpx.Response(400, content=b"Error 400: Bad Request\n\n" + said)


async def test_the_words_of_usgs_split():
    (job,) = planned(campaign(USGS, between("2001-01-01", "2001-01-03")))
    async with answering(too_much) as client:
        (found,) = await ask(job, client)
    assert "20160 matching events" in found.reason
    assert [one.window.start for one in found.jobs] == [day("2001-01-01"), day("2001-01-02")]


async def test_what_is_known_of_a_window_has_the_services_own_count():
    window = between("2011-03-01", "2011-03-31")
    async with simulated() as client:
        outcome = await run(planned(campaign(USGS, window, minmagnitude="5")), client)
    assert sum(held.expected for held in outcome.held) == len(truth(USGS, window, smallest=5)) > 0


@pytest.mark.parametrize("source", AGENCIES)
async def test_a_window_without_events_is_an_empty_success(source: str):
    async with simulated() as client:
        outcome = await run(planned(campaign(source, between("1899-01-01", "1899-01-09"))), client)
    assert all(held.empty for held in outcome.held)
    assert read(outcome) == []


ERROR = b"Error 400: Bad Request\n\nBad minmagnitude value\n\nUsage details are available from x\n"
WRONG = {
    "refused: Bad minmagnitude value": (400, ERROR),
    "the answer breaks off with 'Error 500: the database": (
        200,
        b"#EventID|Time|Latitude\n1|2|3\nError 500: the database went away",
    ),
    "no event text but b'<html>": (200, b"<html><body>Welcome</body></html>"),
    "not found": (404, b"no such page"),
}


@pytest.mark.parametrize("reason", WRONG)
async def test_what_is_no_answer_is_an_error_with_its_words(reason: str):
    status, body = WRONG[reason]
    (job,) = planned(campaign("gfz-earthquakes", between("2001-01-01", "2001-01-02")))
    async with answering(lambda request: httpx.Response(status, content=body)) as client:
        with pytest.raises(FetchError, match=f"(?i){reason}"):
            await run([job], client)


RECORDED = {  # source, format
    "fdsn-ws/ingv_emilia_2012-05-29.txt": ("ingv-earthquakes", "text"),
    "fdsn-misc/sed_fdsn_text_5_events_2026-03.txt": ("sed-earthquakes", "text"),
    "fdsn-misc/iris_events_quakeml.xml": ("iris-earthquakes", "xml"),
    "fdsn-misc/neries_events_quakeml.xml": ("emsc-earthquakes", "xml"),
    "emsc/fdsn_query_2025-04-26.json": ("emsc-earthquakes", "json"),
    "isc/ims_19670130012028.xml": ("isc-earthquakes", "xml"),
    "gfz-geofon/seiscomp_westaus_events.xml": ("gfz-earthquakes", "xml"),
    "usgs-earthquakes/fdsn_event_quakeml_obspy.xml": ("usgs-earthquakes-month", "xml"),
}


@pytest.mark.parametrize("name", RECORDED)
async def test_recorded_answers_load_whole(samples: Path, name: str):
    source, format = RECORDED[name]
    body = (samples / name).read_bytes()
    asked = {
        "address": "https://fdsn.example/fdsnws/event/1/",
        "format": format,
        "count": "no",
        "limit": "20000",
    }
    (job,) = planned(campaign(source, between("2012-05-29", "2012-05-30"), **asked))
    async with answering(lambda request: httpx.Response(200, content=body)) as client:
        outcome = await run([job], client)
    assert outcome.held == [Held(window=job.window)]
    assert len(outcome.records) == counted(outcome.payloads[0], format)[0] > 0
    assert all(isinstance(one, HazardReport) for one in outcome.records)


async def test_a_recorded_413_splits_with_its_words(samples: Path):
    body = (samples / "fdsn-ws/error_413_eida_federator.txt").read_bytes()
    (job,) = planned(campaign("gfz-earthquakes", between("2001-01-01", "2001-01-03")))
    async with answering(lambda request: httpx.Response(413, content=body)) as client:
        (found,) = await ask(job, client)
    assert (found.reason, len(found.jobs)) == ("413: Request too large", 2)


async def test_a_body_larger_than_the_client_takes_splits():
    (job,) = planned(campaign("gfz-earthquakes", between("2001-01-01", "2001-01-03")))
    async with answering(lambda request: httpx.Response(200, content=bytes(2000)), max_bytes=1000) as client:
        (found,) = await ask(job, client)
    assert "larger than 1000 bytes" in found.reason


async def test_429_is_waited_for_as_long_as_it_asks():
    left = [httpx.Response(429, headers={"Retry-After": "3"}), httpx.Response(204)]
    (job,) = planned(campaign("gfz-earthquakes", between("2001-01-01", "2001-01-03")))
    async with answering(lambda request: left.pop(0)) as client:
        assert await ask(job, client) == [Held(window=job.window, expected=0, empty=True)]
    assert left == []


def test_other_magnitudes_are_another_series():
    window = between("2001-01-01", "2001-01-02")
    series = [
        planned(campaign(USGS, window, **asked))[0].series
        for asked in ({}, {"minmagnitude": "5", "limit": "9"})
    ]
    assert series == ["all", "minmagnitude=5"]


def test_a_service_that_is_not_listed_needs_address_and_format():
    window = between("2001-01-01", "2001-01-02")
    with pytest.raises(ConfigError, match="address and format"):
        planned(campaign("sed-earthquakes", window))
    (job,) = planned(
        campaign("sed-earthquakes", window, address="http://eida.ethz.ch/fdsnws/event/1", format="text")
    )
    assert job.host == "eida.ethz.ch"
    assert SERVICES.keys() == AGENCIES.keys()
