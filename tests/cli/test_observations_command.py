"""`terraloom observations` as a user runs it: query, export in every format, metrics, stations, explain."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from measuring import put, value
from terraloom.cli import build, observations
from terraloom.errors import ConfigError
from terraloom.records import Station

Run = Callable[..., Result]
HEAT = ("--metric", "heat")


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `terraloom observations …` over a day of a value every half hour, one of them said twice."""
    monkeypatch.setenv("TERRALOOM_HOME", str(tmp_path))
    monkeypatch.setenv("TERRALOOM_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    with psycopg.connect(database_url) as connection:
        told = Station(id="made/a", title="Mount Made", lon=11.0, lat=47.5)
        put(connection, [told, *(value(30 * n, float(n)) for n in range(48))])
        put(connection, [value(0, 0.25)], fetched=9)
    return lambda *words: CliRunner().invoke(build("observations"), ["observations", *words])


def test_values_are_a_table_or_json_and_say_what_is_left_out(run: Run) -> None:
    found = json.loads(run("query", *HEAT, "--since", "2026-03-01T01:00", "--limit", "2", "--json").output)
    assert [one["value"] for one in found["values"]] == [2.0, 3.0]
    table = run("query", *HEAT, "--limit", "2")
    assert "2026-03-01 00:30:00" in table.output
    assert "--limit shows more" in table.stderr
    assert "46.5" in run("query", *HEAT, "--resolution", "hour").output.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("query",), "--metric"),
        (("query", "--metric", "heet"), "heet"),
        (("query", *HEAT, "--since", "yesterday"), "--since"),
        (("export", *HEAT, "--bbox", "1,2,3"), "--bbox"),
        (("explain", "heat", "made/nowhere"), "made/nowhere"),
    ],
)
def test_what_makes_no_sense_is_wrong_use_and_named(run: Run, words: tuple[str, ...], named: str) -> None:
    failed = run(*words)
    assert isinstance(failed.exception, ConfigError)
    assert named in str(failed.exception)


@pytest.mark.parametrize(
    ("format", "read"),
    [
        ("csv", pl.read_csv),
        ("jsonl", pl.read_ndjson),
        ("parquet", pl.read_parquet),
        ("arrow", pl.read_ipc_stream),
    ],
)
def test_an_export_holds_everything_in_any_format(
    run: Run, format: str, read: Callable[..., pl.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observations, "PIECE", 20)
    file = tmp_path / f"values.{format}"
    done = run("export", *HEAT, "--format", format, "-o", str(file))
    assert (done.exit_code, done.stderr) == (0, "48 values\n")
    assert read(file)["value"].to_list() == [0.25, *range(1, 48)]
    assert list(tmp_path.glob("*.part")) == []


def test_an_export_that_fails_leaves_no_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "values.csv"
    assert run("export", "--metric", "heet", "-o", str(file)).exception
    assert list(tmp_path.glob("values*")) == []


def test_metrics_and_stations_are_listed_with_what_there_is(run: Run) -> None:
    metrics = {one["id"]: one for one in json.loads(run("metrics", "--json").output)}
    assert (metrics["heat"]["n"], metrics["heat"]["revisions"]) == (48, 1)
    assert "heat" in run("metrics").output
    [station] = json.loads(run("stations", "--text", "mount", "--json").output)["stations"]
    assert station["series"][0]["last_value"] == 47.0
    assert "Mount Made" in run("stations", "--bbox", "10,47,12,48").output


def test_a_value_is_explained_by_its_versions(run: Run) -> None:
    told = json.loads(run("explain", "heat", "made/a", "--time", "2026-03-01T00:00Z", "--json").output)
    assert [(v["value"], v["current"]) for v in told["versions"]] == [(0.0, False), (0.25, True)]
    assert "2026-03-01 00:00:00" in run("explain", "heat", "made/a").output


def test_old_months_are_moved_listed_checked_and_brought_back(run: Run) -> None:
    before = run("query", *HEAT, "--json").output
    nothing = json.loads(run("freeze", "--older-than", "100y", "--json").output)
    assert nothing == {"frozen": [], "left": []}
    [moved] = json.loads(run("freeze", "--older-than", "1mo", "--json").output)["frozen"]
    assert (moved["name"], moved["rows"]) == ("observations_2026_03", 48)
    assert json.loads(run("cold", "--json").output)[0]["path"] == moved["path"]
    assert run("query", *HEAT, "--json").output == before
    assert "1 files, 48 values" in run("verify").output
    assert run("thaw", "observations_2026_03").exit_code == 0
    assert json.loads(run("cold", "--json").output) == []
    assert run("query", *HEAT, "--json").output == before


def test_a_lost_file_is_told_with_exit_status_1(run: Run, tmp_path: Path) -> None:
    [moved] = json.loads(run("freeze", "--older-than", "1mo", "--json").output)["frozen"]
    (tmp_path / "archive" / moved["path"]).unlink()
    failed = run("verify")
    assert failed.exit_code == 1
    assert "observations_2026_03" in failed.stderr


def test_a_cold_thing_that_makes_no_sense_is_named(run: Run) -> None:
    for words in (("freeze", "--older-than", "soon"), ("thaw", "observations_1066_10")):
        failed = run(*words)
        assert isinstance(failed.exception, ConfigError)
        assert words[-1] in str(failed.exception)


def test_values_are_retracted_once_it_is_confirmed(run: Run) -> None:
    span = ("--since", "2026-03-01T01:00Z", "--until", "2026-03-01T03:00Z")
    words = ("retract", *HEAT, "--station", "made/a", *span, "--reason", "broken shield")
    assert json.loads(run(*words, "--json").output) == {"would_withdraw": 4}
    assert json.loads(run(*words, "--yes", "--json").output)["withdrawn"] == 4
    left = json.loads(run("query", *HEAT, "--json").output)["values"]
    assert [one["value"] for one in left] == [0.25, 1.0, *range(6, 48)]
    assert "0 values would be withdrawn" in run(*words).output


def test_a_retraction_that_makes_no_sense_is_named(run: Run) -> None:
    for station, until, named in (("made/x", "2026-03-02", "made/x"), ("made/a", "2026-02-01", "since")):
        span = ("--since", "2026-03-01", "--until", until)
        failed = run("retract", *HEAT, "--station", station, *span, "--reason", "none", "--yes")
        assert isinstance(failed.exception, ConfigError)
        assert named in str(failed.exception)
