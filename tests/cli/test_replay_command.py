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


MINUTES = """[{"time_tag":"2026-01-02T03:04:00","kp_index":3,"estimated_kp":2.67,"kp":"3M"},
{"time_tag":"2026-01-02T03:05:00","kp_index":3,"estimated_kp":%s,"kp":"3M"}]"""


@pytest.fixture
def measured(recordings: Path) -> Path:
    """Two files of one index, whose second minute the second file says anew."""
    (folder := recordings / "swpc-kp").mkdir()
    for name, said in (("a.json", "2.67"), ("b.json", "3.0")):
        (folder / name).write_text(MINUTES % said)
    return recordings


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


def test_values_are_counted_in_a_table_of_their_own_and_add_up(measured: Path) -> None:
    table = replay(measured).output.splitlines()
    heading = next(line for line in table if "revised" in line)
    index = next(line for line in table if line.startswith("swpc-planetary-k"))
    said = dict(zip(heading.split()[1:], index.split()[1:], strict=True))
    assert said == {
        "files": "2",
        "records": "4",
        "bad": "-",
        "new": "2",
        "revised": "1",
        "gone": "-",
        "same": "1",
    }


def test_json_has_the_counts_of_values(measured: Path) -> None:
    _, index = json.loads(replay(measured, "--json").stdout)["sources"]
    assert (index["records"], index["observed"], index["revised"], index["duplicate"]) == (4, 2, 1, 1)
