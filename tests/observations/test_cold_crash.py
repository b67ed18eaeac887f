"""Killed at any step of freezing or thawing: at worst a file is left over, and every answer is as before."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from databases import create_database, drop_database
from measuring import everything, put, value
from terraloom.archive.objects import Objects
from terraloom.observations import partitions, query
from terraloom.observations.cold import freezing, manifest
from terraloom.observations.cold.thawing import thaw
from terraloom.observations.wanted import Wanted

SCRIPT = Path(__file__).with_name("freezing_process.py")
KILLED = -9
QUICK = 5  # the default run kills at every fifth step, the slow one at each
NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.communicate(timeout=20)  # the end of its input ends it


class Scene:
    """A database with a month in its table, or in a file of `store`, to clone and to work on."""

    def __init__(self, cluster: str, store: Objects, folder: Path, nursery: subprocess.Popen[str]) -> None:
        self.cluster, self.store, self.folder, self.nursery = cluster, store, folder, nursery
        self.name = f"t{uuid.uuid4().hex}"
        self.url = create_database(cluster, self.name, "terraloom_template")

    @contextmanager
    def worked_on(self, *, thaw: bool, die_at: int) -> Iterator[tuple[int, list[str], str]]:
        """Let a process work on a clone; its exit status, its steps, the clone."""
        name, told = f"t{uuid.uuid4().hex}", self.folder / "steps.json"
        url = create_database(self.cluster, name, self.name)
        options = {
            "database_url": url,
            "store": self.store.url,
            "steps": str(told),
            "thaw": thaw,
            "die_at": die_at,
        }
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(json.dumps(options) + "\n")
        self.nursery.stdin.flush()
        status = int(self.nursery.stdout.readline())
        yield status, json.loads(told.read_text()), url
        drop_database(self.cluster, name)


def record(url: str, store: Objects) -> object:
    """All rows, wherever they are kept, and an answer made of them; no row is in two places."""
    with psycopg.connect(url) as connection:
        answer = query.values(connection, store, Wanted(metrics=["heat"]))
        cold = manifest.everything(connection)
        hot = connection.execute("SELECT count(*) FROM observations").fetchone()
        assert len(cold) == (hot == (0,))
        for one in cold:
            freezing.check(store, one)
            thaw(connection, store, one)
        return answer, list(everything(connection))


@pytest.fixture
def scene(cluster: str, template: str, tmp_path: Path, nursery: subprocess.Popen[str]) -> Iterator[Scene]:
    made = Scene(cluster, Objects.open_at(tmp_path / "store", fsync=False), tmp_path, nursery)
    yield made
    drop_database(cluster, made.name)


@pytest.mark.parametrize("every", [QUICK, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("thaws", [False, True], ids=["freezing", "thawing"])
def test_a_kill_at_any_step_loses_nothing(scene: Scene, thaws: bool, every: int) -> None:
    with psycopg.connect(scene.url) as connection:
        put(connection, [value(n, float(n)) for n in range(50)])
        connection.commit()
        if thaws:
            [month] = partitions.existing(connection)
            assert freezing.freeze(connection, scene.store, month, NOW)
    with scene.worked_on(thaw=thaws, die_at=0) as (status, steps, url):
        assert status == 0
        expected = record(url, scene.store)
    last = len(steps)
    for step in sorted({*range(1, last, every), last - 1, last}):
        with scene.worked_on(thaw=thaws, die_at=step) as (status, _, url):
            said = f"killed at step {step}: {steps[step - 1]}"
            assert (status, record(url, scene.store)) == (KILLED, expected), said
