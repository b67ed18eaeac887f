"""`terraloom wspr`: what people and scripts see of it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from terraloom.archive.objects import Objects
from terraloom.backfill.wspr.asking import month_of, months
from terraloom.backfill.wspr.checking import check
from terraloom.backfill.wspr.merging import merge
from terraloom.backfill.wspr.shelf import Entry, Shelf, path_of, sha256_of
from terraloom.cli import build
from terraloom.errors import ConfigError
from terraloom.universe.wspr_spots import write_spots


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TERRALOOM_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def shelf(home: Path) -> Shelf:
    """February to April 2020, as fetched."""
    shelf = Shelf(Objects.open_at(home / "archive"))
    for month in months(month_of("2020-02", ""), month_of("2020-04", "")):
        raw, made = home / "raw.parquet", home / "made.parquet"
        rows = write_spots(raw, since=month.start, until=month.end, per_slot=1)
        merge([raw], made)
        facts = check(made, month, rows)
        size = made.stat().st_size
        entry = Entry(
            month=f"{month.start:%Y%m}", rows=rows, bytes=size, sha256=sha256_of(made), first=facts.first,
            last=facts.last, asked_by="month", address="", fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        )  # fmt: skip
        shelf.put(entry, made)
    return shelf


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build("wspr"), ["wspr", *arguments])


def verdicts(*arguments: str) -> dict[str, dict[str, str]]:
    return {one["month"]: one for one in json.loads(run("verify", "--json", *arguments).stdout)}


def test_what_is_whole_is_verified(shelf: Shelf) -> None:
    done = run("verify", "--json")
    assert done.exit_code == 0
    assert [(one["month"], one["problem"]) for one in json.loads(done.stdout)] == [
        ("202002", ""), ("202003", ""), ("202004", ""),
    ]  # fmt: skip
    assert [one["rows"] for one in json.loads(run("status", "--json").stdout)] == [20_880, 22_320, 21_600]


def test_one_altered_byte_is_found(shelf: Shelf, home: Path) -> None:
    path = home / "archive" / path_of("202003")
    body = bytearray(path.read_bytes())
    body[1000] ^= 1
    path.write_bytes(body)
    assert run("verify").exit_code == 1
    found = verdicts()["202003"]
    assert "bytes have changed" in found["problem"]
    assert found["remedy"] == "terraloom wspr fetch --from 2020-03 --to 2020-03 --again"
    assert verdicts("--to", "2020-02")["202002"]["problem"] == ""


def test_a_cut_file_and_a_missing_month_are_named(shelf: Shelf, home: Path) -> None:
    cut = home / "archive" / path_of("202002")
    os.truncate(cut, cut.stat().st_size - 1)
    (home / "archive" / path_of("202003")).unlink()
    found = verdicts("--from", "2020-01")
    assert "written were" in found["202002"]["problem"]
    assert "wspr_raw_202003.parquet missing" in found["202003"]["problem"]
    assert found["202001"]["remedy"] == "terraloom wspr fetch --from 2020-01 --to 2020-01"
    assert found["202004"]["problem"] == ""


def test_what_others_put_there_is_left_alone(shelf: Shelf) -> None:
    shelf.objects.put("wspr/raw/notes.json", b"{}")
    shelf.objects.put("wspr/raw/wspr_raw_2020.parquet", b"")
    assert run("verify").exit_code == 0
    assert len(json.loads(run("status", "--json").stdout)) == 3


def test_nothing_held_is_nothing_wrong(home: Path) -> None:
    assert json.loads(run("verify", "--json").stdout) == []
    assert json.loads(run("status", "--json").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "2008-02"], "2008-03 or later"),
        (["--from", "march"], "a month such as 2008-03"),
        (["--from", "2020-02", "--to", "2020-01"], "2020-01 or before"),
        (["--from", "2020-02", "--to", "9998-01"], "a month is fetched when it is over"),
    ],
)
def test_wrong_months_are_refused(home: Path, arguments: list[str], said: str) -> None:
    done = run("fetch", *arguments)
    assert isinstance(done.exception, ConfigError)
    assert said in str(done.exception)
