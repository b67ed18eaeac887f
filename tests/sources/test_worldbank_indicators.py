"""World Bank: indicators of countries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recordings import measure, payload, recorded, tallies
from upstreams import Upstream, fetch_into

from terraloom.errors import FetchError
from terraloom.records import Payload
from terraloom.sources.society.worldbank_indicators import INDICATORS, WorldBankIndicators

SOURCE = WorldBankIndicators()
FIRST = SOURCE.info.url


def row(code: str, year: str, value: float | None, indicator: str = "SP.POP.TOTL") -> dict[str, Any]:
    return {
        "indicator": {"id": indicator, "value": "…"},
        "country": {"id": code[:2], "value": code},
        "countryiso3code": code,
        "date": year,
        "value": value,
    }


def answer(*rows: dict[str, Any], pages: int = 1) -> bytes:
    return json.dumps([{"page": 1, "pages": pages, "per_page": 2, "total": 9}, list(rows)]).encode()


def test_a_country_has_a_value_at_the_beginning_of_its_year() -> None:
    found = measure(SOURCE, answer(row("TUV", "2024", 9646.0), row("WLD", "2024", None)))
    assert found.value("population", "worldbank/TUV", "2024-01-01") == 9646.0
    assert (len(found.values), set(found.stations)) == (1, {"worldbank/TUV", "worldbank/WLD"})


def test_an_unknown_indicator_and_an_error_say_what_they_are() -> None:
    [refused] = measure(SOURCE, answer(row("TUV", "2024", 1.0, indicator="X.Y"))).rejects
    assert "indicator: got 'X.Y'" in refused.reason
    error = payload(b'[{"message":[{"id":"120","key":"Invalid value","value":"not valid"}]}]')
    assert [one.where for one in measure(SOURCE, error).rejects] == ["payload"]
    assert not SOURCE.recognises(error)


def test_rows_before_a_cut_are_kept() -> None:
    body = answer(row("TUV", "2024", 9646.0), row("NRU", "2024", 11947.0))
    found = measure(SOURCE, body[:-40])
    assert [one.station for one in found.values] == ["worldbank/TUV"]
    assert "ends early" in found.rejects[0].reason


async def test_all_pages_of_all_indicators_are_asked_for() -> None:
    pages: dict[str, bytes | None] = {url: answer() for url in SOURCE.addresses(Upstream.now)}
    upstream = Upstream(pages | {FIRST: answer(pages=2), f"{FIRST}&page=2": answer(pages=2)})
    await fetch_into([], SOURCE, upstream)
    assert upstream.asked[:2] == [FIRST, f"{FIRST}&page=2"]
    assert len(upstream.asked) == len(INDICATORS) + 1


async def test_an_indicator_that_fails_costs_no_other() -> None:
    pages: dict[str, bytes | None] = {url: answer() for url in SOURCE.addresses(Upstream.now)}
    received = list[Payload]()
    with pytest.raises(FetchError, match="503"):
        await fetch_into(received, SOURCE, Upstream(pages | {FIRST: None}))
    assert len(received) == len(INDICATORS) - 1


def test_the_recordings_are_read_whole(samples: Path) -> None:
    read = tallies(SOURCE, samples, "worldbank")
    assert (len(read), sum(n for n, _ in read.values()), sum(bad for _, bad in read.values())) == (7, 29, 0)
    given = dict(recorded(samples, "worldbank"))["wdi_jl_01_testjsonstr.json"]
    assert (
        measure(SOURCE, given).value("gross_national_income_per_person", "worldbank/USA", "1997-01-01")
        == 31270
    )
