"""Dask and Ray give the answer of this machine, within the same limits."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from work import double, grow, hang, odd_only

from terraloom.compute import census
from terraloom.compute.aggregating import Aggregation
from terraloom.compute.engine import Done, Engine, Failed, Inline, Limits, opened
from terraloom.compute.files import found
from terraloom.errors import MissingExtra
from terraloom.universe.wspr_spots import write_spots

HERE = str(Path(__file__).parent)  # where the workers find `work`


@pytest.fixture(scope="module", params=["dask", "ray"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A cluster of two workers on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE)
        patch.setenv("PYTHONPATH", HERE, prepend=":")
        engine = opened(request.param, workers=2)
        yield engine
        engine.close()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Dask and Ray leave sockets to the collector
class TestEveryCluster:
    def test_the_census_is_that_of_this_machine(self, cluster: Engine, tmp_path: Path) -> None:
        for month in range(1, 9):
            since, until = (datetime(2020, m, 1, tzinfo=UTC) for m in (month, month + 1))
            write_spots(tmp_path / f"wspr_raw_2020{month:02d}.parquet", since=since, until=until, per_slot=2)
        asked = Aggregation(census.plan(), found([str(tmp_path)]))
        here, there = asked.run(Inline()), asked.run(cluster)
        assert there.failed == []
        assert len(there.peaks) == 8
        assert min(there.peaks) > 10_000_000  # each in a process that was watched
        for name, table in here.tables.items():
            assert there.tables[name].equals(table), name

    def test_limits_are_kept_and_failures_told(self, cluster: Engine) -> None:
        assert values(cluster, double, range(20)) == [2 * n for n in range(20)]
        assert reasons(cluster, odd_only, [1, 2]) == ["ValueError: 2 is even"]
        assert reasons(cluster, grow, [2000], memory=300_000_000)[0].endswith("more than 300 MB")
        assert reasons(cluster, hang, [1], seconds=0.5, attempts=1) == ["took longer than 0.5 s"]


def values(engine: Engine, work: Any, items: Any, **limits: Any) -> list[Any]:
    outcomes = engine.map(work, list(items), Limits(**limits))
    return sorted(one.value for one in outcomes if isinstance(one, Done))


def reasons(engine: Engine, work: Any, items: Any, **limits: Any) -> list[str]:
    return [one.reason for one in engine.map(work, list(items), Limits(**limits)) if isinstance(one, Failed)]


@pytest.mark.parametrize(("name", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_without_the_extra_one_line_names_it(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = builtins.__import__

    def without(wanted: str, *args: Any, **more: Any) -> Any:
        if wanted.split(".")[0] == package:
            raise ImportError(wanted)
        return known(wanted, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=rf"terraloom\[{name}\]"):
        opened(name, workers=1)
