"""`terraloom replay`, as its users call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from terraloom.cli import build

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<eqlist>
<earhquake name="2026.03.01 10:00:00" lokasyon="SINDIRGI (BALIKESIR)" lat="39.20" lng="28.10" mag="3.1" Depth="7.0" />
<earhquake name="2026.03.01 11:00:00" lokasyon="AKHISAR (MANISA)" lat="139.20" lng="27.80" mag="2.0" Depth="5.0" />
</eqlist>
"""  # noqa: E501 - lines as KOERI writes them


@pytest.fixture
def recordings(tmp_path: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TERRALOOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TERRALOOM_DATABASE_URL", empty_database_url)
    monkeypatch.setenv("COLUMNS", "80")
    folder = tmp_path / "recordings" / "koeri"
    folder.mkdir(parents=True)
    (folder / "list.xml").write_text(LIST)
    (folder / "notes.txt").write_text("no payload")
    (tmp_path / "recordings" / "holidays").mkdir()
    return folder.parent


def replay(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(build(), ["replay", str(folder), *options])


def test_a_second_replay_says_that_nothing_changed(recordings: Path) -> None:
    assert "had been applied before" not in replay(recordings).output
    assert "1 files had been applied before" in replay(recordings).output


def test_the_table_fits_80_columns(recordings: Path) -> None:
    assert max(len(line) for line in replay(recordings).output.splitlines()) <= 80


def test_what_cannot_be_read_is_told_with_its_reason(recordings: Path) -> None:
    assert "bad 1 of koeri-earthquakes" in replay(recordings).output


def test_files_left_aside_are_counted_and_named_only_on_request(recordings: Path) -> None:
    brief = replay(recordings).output
    assert "notes.txt" not in brief
    assert "(koeri 1)" in brief
    assert "notes.txt" in replay(recordings, "--verbose").output


def test_json_has_all_counts(recordings: Path) -> None:
    [source] = json.loads(replay(recordings, "--json").stdout)["sources"]
    assert (source["records"], source["rejected"], source["created"]) == (2, 1, 1)
