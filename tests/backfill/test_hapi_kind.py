"""HAPI servers: whole series in chunks, whatever the server keeps to itself; its status codes told apart."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from upstream import answering, ask, between, day, planet, planned, run, simulated

from terraloom.backfill.jobs import Campaign, Held, Smaller, Window
from terraloom.errors import ConfigError, FetchError
from terraloom.records import Observation, Payload, Reject
from terraloom.sources import source
from terraloom.universe.faults import Fault, Kind
from terraloom.universe.feeds import cdaweb

OMNI, ACE = "OMNI2_H0_MRG1HR", "AC_H0_MFI"
SERVER = "https://cdaweb.gsfc.nasa.gov/hapi"
FAULTS = [Fault(k, "*", 0.1, 0.0) for k in (Kind.THROTTLE, Kind.TRUNCATE, Kind.RESET, Kind.UNAVAILABLE)]


def campaign(window: Window, dataset: str = OMNI, step_s: float = 0.0, **parameters: str) -> Campaign:
    return Campaign(
        kind="hapi",
        source="omni-hourly" if dataset == OMNI else "hapi-datasets",
        window=window,
        step_s=step_s,
        parameters={"server": SERVER, "dataset": dataset, **parameters},
    )


def truth(window: Window, dataset: str, name: str, n: int = 0) -> list[tuple]:
    known = cdaweb.DATASETS[dataset]
    (parameter,) = [one for one in known.parameters if one.name == name]
    at = (
        (t, cdaweb.value(planet().seed, parameter.instruments[n], t)) for t in known.times(*window_of(window))
    )
    return [(t, value) for t, value in at if value is not None]


def window_of(window: Window) -> tuple:
    return window.start, window.end


def read(outcome, metric: str, station: str) -> list[tuple]:
    found = [one for one in outcome.records if isinstance(one, Observation)]
    return [(one.time, one.value) for one in found if (one.metric, one.station) == (metric, station)]


async def test_a_dataset_comes_whole_though_the_server_gives_23_days_of_a_month():
    window = between("1972-07-20", "1972-11-03")
    async with simulated(FAULTS) as client:
        outcome = await run(planned(campaign(window)), client)
    assert len(outcome.payloads) > len({job.id for job in outcome.done})
    speed = read(outcome, "solar_wind_speed", "omni/bow-shock-nose")
    assert speed == truth(window, OMNI, "V1800")
    assert 0.9 < len(speed) / ((window.end - window.start).days * 24) < 0.98  # the rest is fill


async def test_a_vector_of_any_dataset_becomes_series_by_its_units():
    window = between("2003-10-28", "2003-10-31")
    async with simulated() as client:
        outcome = await run(planned(campaign(window, ACE, parameters="BGSEc")), client)
    for n in range(3):
        station = f"hapi/cdaweb.gsfc.nasa.gov/{ACE}/BGSEc[{n}]"
        assert read(outcome, "dataset_magnetic_field", station) == truth(window, ACE, "BGSEc", n)


async def test_what_lies_before_a_dataset_or_in_its_gaps_is_known_to_be_empty():
    async with simulated() as client:
        before, gap = between("1962-11-01", "1962-12-01"), between("1983-02-01", "1983-03-02")
        outcome = await run(
            planned(campaign(before, step_s=1e8)) + planned(campaign(gap, step_s=1e8)), client
        )
    assert [held.window for held in outcome.held if held.empty] == [before]
    assert read(outcome, "solar_wind_speed", "omni/bow-shock-nose") == truth(gap, OMNI, "V1800")


async def test_what_lies_after_a_dataset_is_not_done():
    (job,) = planned(campaign(between("2019-12-25", "2020-01-03"), step_s=1e9))
    async with simulated() as client:
        with pytest.raises(FetchError, match="ends with 2020-01-01T00:00:00"):
            await ask(job, client)


async def test_too_much_is_made_smaller():
    years = campaign(between("1970-01-01", "1973-01-01"), step_s=4e8, parameters="DST1800")
    async with simulated() as client:
        (found,) = await ask(planned(years)[0], client)
    assert isinstance(found, Smaller)
    assert found.reason.startswith("HAPI 1408")


@pytest.mark.parametrize(
    ("parameters", "code"), [({"dataset": "NONE"}, 1406), ({"parameters": "V1800,NONE"}, 1407)]
)
async def test_a_wrong_request_is_final_and_says_why(parameters: dict[str, str], code: int):
    asked = campaign(between("1972-01-01", "1972-01-02"))
    (job,) = planned(replace(asked, parameters={**asked.parameters, **parameters}))
    async with simulated() as client:
        with pytest.raises(FetchError, match=f"HAPI {code}") as raised:
            await ask(job, client)
    assert raised.value.status == 400


HEADER = {
    "HAPI": "3.0",
    "status": {"code": 1200, "message": "OK"},
    "startDate": "1970-01-01Z",
    "stopDate": "1975-01-01Z",
    "cadence": "PT1H",
    "parameters": [
        {"name": "Time", "type": "isotime", "units": "UTC", "length": 24, "fill": None},
        {"name": "x", "type": "double", "units": "nT", "fill": "-1e31"},
    ],
}


def written(body: str, status: dict | None = None, http: int = 200):
    """A server whose data are `body` below a header with this status."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/info"):
            return httpx.Response(200, json=HEADER)
        header = HEADER | ({"status": status} if status else {})
        return httpx.Response(http, content=f"#{json.dumps(header)}\n{body}".encode())

    return answer


ROWS = "".join(f"1972-01-01T{hour:02}:00Z,{hour}.5\n" for hour in range(24))
SHORT = {
    "the last record is cut": ROWS[:-3],
    "not in the order of time": ROWS + ROWS,
    "asked for 1972-01-01": ROWS.replace("1972", "1971"),
    "and no record; none would be 1201": "",
    "expected an ISO 8601 time": ROWS.replace("T05:00Z", "T05:xxZ"),
}


@pytest.mark.parametrize("reason", SHORT)
async def test_records_that_are_not_what_was_asked_are_no_data(reason: str):
    job = planned(campaign(between("1972-01-01", "1972-01-02")))[0]
    async with answering(written(SHORT[reason])) as client:
        with pytest.raises(FetchError, match=reason):
            await ask(job, client)


async def test_a_day_whose_times_lack_seconds_is_whole():
    job = planned(campaign(between("1972-01-01", "1972-01-02")))[0]
    async with answering(written(ROWS)) as client:
        _, held = await ask(job, client)
    assert held == Held(window=job.window)


async def test_a_server_that_looks_at_whole_seconds_is_not_asked_for_ever():
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        rows = ROWS.splitlines(keepends=True)[:4]
        return written("".join(rows if len(asked) <= 2 else rows[-1:]))(request)

    job = planned(campaign(between("1972-01-01", "1972-01-02")))[0]
    async with answering(answer) as client:
        _, held, rest = await ask(job, client)
    assert (held.window.end, rest.window.start, rest.empty) == (rest.window.start, held.window.end, True)
    assert rest.window.end == job.window.end


@pytest.mark.parametrize("code", [1201, 1400, 1405, 1408, 1409, 1500, 1501])
async def test_every_status_is_what_the_specification_says(samples: Path, code: int):
    status = json.loads((samples / "hapi/hapi_status_codes.json").read_text())[str(code)]["status"]
    job = planned(campaign(between("1972-01-01", "1972-01-02")))[0]
    http = 200 if code < 1400 else 400 if code < 1500 else 500
    async with answering(written("", status, http)) as client:
        if code >= 1400 and code != 1408:
            with pytest.raises(FetchError, match=status["message"]) as raised:
                await ask(job, client)
            assert raised.value.status == http
            return
        (found,) = await ask(job, client)
    assert found == Held(window=job.window, empty=True) if code == 1201 else isinstance(found, Smaller)


RECORDED = {
    "HAPI_sample_csv.csv": between("1997-09-02", "1997-09-04"),
    "HAPI_ndData_TimeIndependent_Axis.csv": between("1997-08-30T17:00", "1997-08-30T18:45"),
}


def recorded(body: bytes):
    """A server that gives a recorded answer, and its header as /info (one has no dates)."""
    header = json.loads(b"\n".join(line[1:] for line in body.splitlines() if line.startswith(b"#")))
    info = {"startDate": "1997-01-01Z", "stopDate": "1998-01-01Z", "cadence": "PT1H"} | header

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/info"):
            return httpx.Response(200, json=info)
        return httpx.Response(200, content=body)

    return answer


@pytest.mark.parametrize("name", RECORDED)
async def test_recorded_answers_load_whole(samples: Path, name: str):
    (job,) = planned(campaign(RECORDED[name], "recorded", step_s=1e7))
    async with answering(recorded((samples / "hapi" / name).read_bytes())) as client:
        outcome = await run([job], client)
    assert len(outcome.payloads) == 1
    assert not [one for one in outcome.records if isinstance(one, Reject)]
    assert (outcome.held[0].window.start, outcome.held[-1].window.end) == window_of(job.window)


async def test_a_recording_that_breaks_off_within_a_record_is_refused(samples: Path):
    body = (samples / "hapi/HAPI_ndData_TimeVarying_Axis.csv").read_bytes()
    (job,) = planned(campaign(between("1970-01-01T00:00", "1970-01-01T00:02"), "dataset1"))
    async with answering(recorded(body)) as client:
        with pytest.raises(FetchError, match="the last record is cut"):
            await ask(job, client)


def test_a_recording_in_binary_is_read(samples: Path):
    body = (samples / "hapi/HAPI_amda_imf_all.binary").read_bytes()
    url, now = f"{SERVER}/data?id=imf", day("2026-01-01")
    payload = Payload(source="hapi-datasets", url=url, fetched_at=now, body=body)
    found = [one for one in source("hapi-datasets").parse(payload) if isinstance(one, Observation)]
    assert len(found) == 4 * 48  # a magnitude and a vector, every 16 s
    assert found[1].station == "hapi/cdaweb.gsfc.nasa.gov/imf/imf[0]"
    assert found[1].value == pytest.approx(-0.594, abs=1e-3)


def test_a_campaign_says_server_and_dataset():
    with pytest.raises(ConfigError, match="server"):
        planned(Campaign(kind="hapi", source="omni-hourly", window=between("2001-01-01", "2001-01-02")))
