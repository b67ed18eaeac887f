"""`terraloom universe` and `terraloom demo` as a user runs them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from terraloom.cli import build
from terraloom.config import load
from terraloom.errors import ConfigError
from terraloom.universe.demo import demo_settings, due, open_demo
from terraloom.universe.faults import parse_faults

T = datetime(2026, 11, 21, tzinfo=UTC)


def test_the_truth_is_told_as_json():
    result = CliRunner().invoke(
        build(), ["universe", "truth", "--days", "0.5", "--start", "2026-11-18", "--json"]
    )
    assert result.exit_code == 0
    told = json.loads(result.output)
    assert told["start"] == "2026-11-18T00:00:00Z"
    assert {"id", "type", "onset", "lon", "lat", "size"} <= told["hazards"][0].keys()


def test_a_score_without_a_planet_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERRALOOM_HOME", str(tmp_path))
    result = CliRunner().invoke(build(), ["universe", "score"])
    assert isinstance(result.exception, ConfigError)
    assert "universe serve" in str(result.exception)


def test_what_is_longest_overdue_is_polled_first():
    every = {"a": timedelta(minutes=1), "b": timedelta(minutes=5), "c": timedelta(hours=1)}
    last = {"a": T - timedelta(minutes=2), "b": T - timedelta(minutes=9), "c": T - timedelta(minutes=9)}
    assert due(every, last, T) == ["b", "a"]


def test_a_demo_keeps_away_from_the_real_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERRALOOM_HOME", str(tmp_path))
    monkeypatch.setenv("TERRALOOM_DATABASE_URL", "postgresql://elsewhere/real")
    settings = demo_settings(load())
    assert (settings.home, settings.database_url) == (tmp_path / "demo", None)
    assert settings.simulated


@pytest.mark.slow
def test_through_all_faults_nothing_is_lost_and_nothing_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TERRALOOM_HOME", str(tmp_path))
    with open_demo(demo_settings(load()), seed=2, days=5, faults=parse_faults("many")) as demo:
        demo.bring_in(demo.clock.now() + timedelta(hours=4), timedelta(minutes=60), lambda at: None)
        demo.server.faults.rules = []
        demo.bring_in(demo.clock.now() + timedelta(hours=3), timedelta(hours=1), lambda at: None)
        found = demo.score()
        with demo.runtime.pool.connection() as connection:
            reasons = connection.execute("SELECT source, reason FROM quarantine").fetchall()
    assert sum(n for kind, n in demo.server.faults.counts.items() if kind != "none") > 5
    assert found.types[-1].reports > 100
    assert (found.lost, found.doubled, found.strangers) == ([], [], 0)
    assert all(reason for _, reason in reasons)
