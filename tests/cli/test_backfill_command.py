"""`terraloom backfill`: a campaign from the plan to the end, on the simulated planet's archive."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from terraloom.cli import build
from terraloom.polling.loop import Loop
from terraloom.universe.clock import Clock
from terraloom.universe.faults import Faults
from terraloom.universe.planet import Planet
from terraloom.universe.server import Server

NOW = datetime(2026, 11, 18, tzinfo=UTC)
NOWHERE = "https://earthquake.usgs.gov/nowhere/"
WISH = ("fdsn-event", "usgs-earthquakes-month", "--from", "2011-03", "--to", "2011-04", "--step", "7d")


@pytest.fixture(autouse=True)
def _settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with Loop() as loop:
        server = Server(Planet(3, NOW, 1), Clock(NOW, speed=0), Faults())
        loop.run(server.start())
        file = tmp_path / "terraloom.yaml"
        file.write_text(
            f"home: {tmp_path}\ndatabase_url: {database_url!r}\n"
            f"fetch: {{point_at: {server.url}, attempts: 1}}\n"
            "backfill: {attempts: 1}\n"
        )
        monkeypatch.setenv("TERRALOOM_CONFIG", str(file))
        yield
        loop.run(server.stop())


def backfill(*arguments: str, status: int = 0) -> Any:
    result = CliRunner().invoke(build("backfill"), ["backfill", *arguments, "--json"])
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def run(*, status: int = 0) -> Any:
    """`backfill run` in a process of its own: DBOS keeps the first standard error that it saw."""
    script = "from terraloom.cli import main; main()"
    command = [sys.executable, "-c", script, "backfill", "run", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == status, result.stderr
    return json.loads(result.stdout)


def text(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(build("backfill"), ["backfill", *arguments])
    assert result.exit_code == status, result.output
    return " ".join(result.output.split())


def test_a_campaign_is_planned_worked_off_and_told_of() -> None:
    seeded = backfill("seed", *WISH)
    assert (seeded["jobs"], seeded["new"]) == (5, 5)
    assert backfill("seed", *WISH)["new"] == 0
    assert "gap in usgs-earthquakes-month (all): 2011-03-01 00:00 to 2011-04-01 00:00" in text("status")
    ended = run()
    assert (ended["done"], ended["failed"], ended["left"]["pending"]) == (5, 0, 0)
    assert ended["rows"] > 100
    [campaign] = backfill("status")["campaigns"]
    assert (campaign["done"], campaign["rows"]) == (5, ended["rows"])
    assert "gap" not in text("status")
    assert backfill("seed", *WISH, "--gaps")["again"] == 0


def test_a_ready_campaign_needs_its_name_and_a_beginning() -> None:
    seeded = backfill("seed", "usgs-earthquakes", "--from", "1970-01")
    assert seeded["new"] == seeded["jobs"] > 600
    assert backfill("seed", "usgs-earthquakes", "--from", "1970-01")["new"] <= 1  # the hour may have struck
    [campaign] = backfill("status")["campaigns"]
    assert (campaign["kind"], campaign["source"]) == ("fdsn-event", "usgs-earthquakes-month")
    assert backfill("seed", "worldbank")["new"] == 12


def test_what_failed_is_told_explained_and_asked_for_again() -> None:
    seeded = backfill("seed", *WISH, "--set", f"address={NOWHERE}")
    assert run(status=1)["failed"] == 5
    [reason] = backfill("status")["failures"]
    assert (reason["jobs"], "(HTTP 404)" in reason["says"]) == (5, True)
    story = backfill("explain", reason["example"][:8])
    assert (story["state"], [attempt["outcome"] for attempt in story["history"]]) == ("failed", ["failed"])
    told = text("explain", reason["example"][:8])
    assert f"address={NOWHERE}" in told
    assert "attempt 1 failed" in told
    assert backfill("retry", story["id"]) == {"retried": 1}
    assert backfill("retry", "--campaign", seeded["campaign"][:8], "--says", "http 404") == {"retried": 4}
    assert backfill("cancel", "--all") == {"cancelled": 5}
    assert backfill("retry", "--all", "--cancelled") == {"retried": 5}


def test_what_is_paused_waits_and_run_ends_all_the_same() -> None:
    backfill("seed", *WISH)
    [pause] = backfill("pause", "--kind", "fdsn-event")
    assert (pause["what"], pause["name"]) == ("kind", "fdsn-event")
    assert run()["left"] == {"pending": 5, "paused": 5, "running": 0}
    assert backfill("status")["campaigns"][0]["paused"] == 5
    assert backfill("resume", "--kind", "fdsn-event") == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("seed", "nothing", WISH[1]), "one of"),
        (("seed", "nothing"), "dst, emsc-earthquakes"),
        (("seed", WISH[0], WISH[1], "--to", "2011"), "where the span begins"),
        (("seed", WISH[0], WISH[1], "--from", "soon", "--to", "2011"), "2010-06-01"),
        (("seed", *WISH, "--set", "minmagnitude"), "name=value"),
        (("seed", *WISH, "--step", "1s"), "no more than"),
        (("retry",), "or --all"),
        (("explain", "ffffffff"), "the beginning of one job's id"),
        (("pause",), "one of the two"),
    ],
)
def test_what_is_wrong_is_said(wrong: tuple[str, ...], says: str) -> None:
    result = CliRunner().invoke(build("backfill"), ["backfill", *wrong])
    assert says in str(result.exception)
