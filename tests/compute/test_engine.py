"""Work over items: each in a fresh process within its limits, one costing no other."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import psutil
import pytest
from work import die_once, double, grow, hang, mapped, odd_only, pid, write_and_hang

from terraloom.compute.engine import Done, Engine, Failed, Inline, Limits, opened
from terraloom.compute.local import Local
from terraloom.errors import ConfigError


def outcomes(engine: Engine, work: Any, items: list[Any], **limits: Any) -> tuple[list[Any], list[str]]:
    """Values in the order of their size, and reasons."""
    found = list(engine.map(work, items, Limits(**limits)))
    values = sorted(one.value for one in found if isinstance(one, Done))
    return values, [one.reason for one in found if isinstance(one, Failed)]


@pytest.mark.parametrize("engine", [Inline(), Local(2)], ids=["inline", "local"])
class TestEveryEngine:
    def test_every_item_has_one_outcome(self, engine: Engine) -> None:
        assert outcomes(engine, double, [3, 1, 2]) == ([2, 4, 6], [])

    def test_an_item_that_fails_costs_no_other_and_says_why(self, engine: Engine) -> None:
        assert outcomes(engine, odd_only, [1, 2, 3]) == ([1, 3], ["ValueError: 2 is even"])

    def test_nothing_to_do_is_done(self, engine: Engine) -> None:
        assert outcomes(engine, double, []) == ([], [])


def test_each_item_has_a_process_of_its_own() -> None:
    pids, _ = outcomes(Local(2), pid, [1, 2, 3, 4])
    assert len({*pids, os.getpid()}) == 5


def test_a_process_that_dies_is_tried_again(tmp_path: Path) -> None:
    assert outcomes(Local(1), die_once, [str(tmp_path / "mark")]) == (["alive"], [])
    _, reasons = outcomes(Local(1), die_once, [str(tmp_path / "other")], attempts=1)
    assert reasons == ["its process died (signal 9)"]


def test_a_process_beyond_its_memory_is_killed_and_the_others_go_on() -> None:
    values, [reason] = outcomes(Local(2), grow, [10, 2000, 20], memory=400_000_000)
    assert values == [10_000_000, 20_000_000]
    assert reason.endswith("of memory, more than 400 MB")


def test_pages_of_mapped_files_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"\1" * 300_000_000)
    assert outcomes(Local(1), mapped, [str(path)], memory=200_000_000)[1] == []


def test_a_process_that_takes_too_long_is_killed() -> None:
    assert outcomes(Local(1), hang, [1], seconds=0.3, attempts=2)[1] == ["took longer than 0.3 s"]


def test_a_process_that_is_killed_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert outcomes(Local(1), write_and_hang, [1], seconds=1.0, attempts=1)[1] == ["took longer than 1 s"]
    assert list(tmp_path.iterdir()) == []


def test_the_peak_of_each_process_is_told() -> None:
    [small, large] = [one for one in Local(1).map(grow, [1, 300], Limits()) if isinstance(one, Done)]
    assert large.peak - small.peak > 250_000_000


def test_who_stops_early_leaves_no_process() -> None:
    running = Local(2).map(hang, [1, 2, 3], Limits(seconds=0.2, attempts=1))
    assert isinstance(next(running), Failed)
    running.close()  # type: ignore[attr-defined]  # it is a generator
    assert not [p for p in psutil.Process().children(recursive=True) if p.ppid() != os.getpid()]


def test_an_engine_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match=r"spark.*local, inline, dask, ray"):
        opened("spark", workers=1)
