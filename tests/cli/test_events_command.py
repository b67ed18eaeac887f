"""`terraloom events` as a user runs it: list, show, explain, export in every format, and decide pairs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from filled import event_id, fill
from terraloom.cli import build
from terraloom.errors import ConfigError

Run = Callable[..., Result]
MAIN = str(event_id("main"))


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `terraloom events …` over the hand-made record."""
    monkeypatch.setenv("TERRALOOM_HOME", str(tmp_path))
    monkeypatch.setenv("TERRALOOM_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    with psycopg.connect(database_url) as connection:
        fill(connection)
    return lambda *words: CliRunner().invoke(build(), ["events", *words])


def test_a_list_is_a_table_or_json_and_says_what_it_leaves_out(run: Run) -> None:
    told = json.loads(run("list", "--type", "EQ", "--min-magnitude", "5", "--json").output)
    assert {event["id"] for event in told["events"]} == {MAIN, str(event_id("after"))}
    table = run("list", "--limit", "2")
    assert MAIN[:8] in run("list", "--min-magnitude", "7").output
    assert "--limit shows more" in table.stderr


def test_an_option_that_makes_no_sense_is_named(run: Run) -> None:
    failed = run("list", "--bbox", "1,2,3")
    assert isinstance(failed.exception, ConfigError)
    assert "--bbox" in str(failed.exception)


@pytest.mark.parametrize("name", [MAIN, MAIN[:8], "us7000q1a2", "usgs/us7000q1a2"])
def test_an_event_is_found_by_any_of_its_names(run: Run, name: str) -> None:
    assert json.loads(run("show", name, "--json").output)["event"]["id"] == MAIN


def test_an_event_that_is_not_there_is_an_error(run: Run) -> None:
    failed = run("show", "us0000none")
    assert isinstance(failed.exception, ConfigError)
    assert "us0000none" in str(failed.exception)


def test_show_gives_fields_with_units(run: Run) -> None:
    shown = run("show", "cyclone-of-nobody")
    assert shown.exit_code != 0
    shown = run("show", str(event_id("cyclone")))
    assert "valid_until" in shown.output
    assert "kn" in shown.output


def test_explain_tells_who_came_when_how_far_apart_and_why(run: Run) -> None:
    told = run("explain", MAIN).output
    for word in ("reported it first", "was joined", " km", " s", "magnitudes", "rule:", "same sequence"):
        assert word in told, f"{word!r} is not in\n{told}"
    facts = json.loads(run("explain", MAIN, "--json").output)
    assert {"event", "decisions", "doubtful", "sequence"} == facts.keys()


def test_what_began_before_year_1_is_told_by_its_year(run: Run) -> None:
    old = str(event_id("prehistoric"))
    for told in (run("list", "--until", "0900-01-01").output, run("explain", old).output):
        assert "5680 BCE " in told
        assert "0001" not in told.replace(old, "")
    assert json.loads(run("show", old, "--json").output)["event"]["onset_year"] == -5680
    [line] = run("export", "--until", "0900-01-01").stdout.splitlines()
    assert json.loads(line)["onset_year"] == -5680


def test_every_format_of_an_export_holds_the_same_events(run: Run, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in run("export", "--type", "EQ").stdout.splitlines()]
    expected = {event["id"] for event in lines}
    assert MAIN in expected

    geojson = json.loads(run("export", "--type", "EQ", "--format", "geojson").stdout)
    assert {feature["id"] for feature in geojson["features"]} == expected
    assert geojson["features"][0]["geometry"]["type"] == "Point"

    rows = list(csv.DictReader(io.StringIO(run("export", "--type", "EQ", "--format", "csv").stdout)))
    assert {row["id"] for row in rows} == expected

    path = tmp_path / "events.parquet"
    done = run("export", "--type", "EQ", "--format", "parquet", "--output", str(path))
    table = pl.read_parquet(path)
    assert set(table["id"]) == expected
    assert table.schema["onset"] == pl.Datetime("us", "UTC")
    assert done.stderr.strip() == f"{len(expected)} events"


def test_parquet_needs_a_file(run: Run) -> None:
    failed = run("export", "--format", "parquet")
    assert isinstance(failed.exception, ConfigError)
    assert "--output" in str(failed.exception)


def test_a_doubtful_pair_is_listed_decided_and_gone(run: Run) -> None:
    [pair] = json.loads(run("doubtful", "--json").output)["links"]
    ends = [f"{end['agency']}/{end['id']}" for end in (pair["a"], pair["b"])]
    assert ends[0] in run("doubtful").output
    assert run("disassociate", *ends, "--reason", "an aftershock").exit_code == 0
    assert json.loads(run("doubtful", "--json").output)["links"] == []
