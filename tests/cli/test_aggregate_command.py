"""`terraloom aggregate` as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from terraloom.cli import build
from terraloom.errors import ConfigError

SPEC = "by: [k]\nmeasures: {n: count(), x: sum(x), spans: 'histogram(x, 0, 4, 2)'}\n"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run it in a folder with a spec and two files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(SPEC)
    for n in range(2):
        pq.write_table(pa.table({"k": ["a", "b", "a"], "x": [n, 2, 3]}), tmp_path / f"{n}.parquet")
    return lambda *words: CliRunner().invoke(build("aggregate"), ["aggregate", *words, "--engine", "inline"])


def test_a_table_is_shown_or_printed_as_json(run: Run) -> None:
    shown = run("spec.yaml", "*.parquet")
    assert shown.exit_code == 0
    assert shown.output.split()[:7] == ["k", "n", "x", "spans", "a", "4", "7"]
    found = json.loads(run("spec.yaml", "0.parquet", "1.parquet", "--json").output)
    assert found["files"] == 2
    assert found["tables"]["result"][1]["spans"] == [{"from": 2.0, "to": 4.0, "count": 2}]


@pytest.mark.parametrize("name", ["out.parquet", "out.csv", "out.json", "out"])
def test_the_output_is_of_the_form_that_its_name_says(run: Run, tmp_path: Path, name: str) -> None:
    assert run("spec.yaml", "*.parquet", "--output", name).exit_code == 0
    path = tmp_path / name / "result.parquet" if name == "out" else tmp_path / name
    text = path.read_bytes()
    if path.suffix == ".parquet":
        assert pq.read_table(path)["x"].to_pylist() == [7, 4]
    elif path.suffix == ".csv":
        assert text.splitlines()[1].startswith(b"a,4,7,")
    else:
        assert [row["x"] for row in json.loads(text)["result"]] == [7, 4]
    assert not list(tmp_path.glob(".out*"))


def test_a_file_that_cannot_be_read_is_listed_and_the_others_are_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_text("no Parquet")
    failed = run("spec.yaml", "*.parquet", "--output", "out.json")
    assert failed.exit_code == 1
    assert "2 files, 1 failed" in failed.stderr
    assert "bad.parquet: " in failed.stderr
    assert json.loads((tmp_path / "out.json").read_text())["result"][0]["n"] == 4
    (tmp_path / "bad.parquet").write_bytes((tmp_path / "0.parquet").read_bytes())
    assert run("spec.yaml", "*.parquet", "--output", "out.json", "--resume").exit_code == 0
    assert json.loads((tmp_path / "out.json").read_text())["result"][0]["n"] == 6


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("none.yaml", "*.parquet"), "none.yaml"),
        (("spec.yaml", "none*"), "none*"),
        (("spec.yaml", "*.parquet", "--memory", "lots"), "--memory"),
        (("spec.yaml", "*.parquet", "--time-limit", "soon"), "--time-limit"),
        (("spec.yaml", "*.parquet", "--output", "out.xml"), "--output"),
        (("spec.yaml", "*.parquet", "--resume"), "--resume"),
        (("spec.yaml", "*.parquet", "--max-groups", "1"), "--max-groups"),
    ],
)
def test_what_makes_no_sense_is_wrong_use_and_named(run: Run, words: tuple[str, ...], named: str) -> None:
    failed = run(*words)
    assert isinstance(failed.exception, ConfigError)
    assert named in str(failed.exception)
