"""
Killed at any step inside of `ingest`, and run again: the record is that of a run that nobody disturbed.

The batch makes every kind of change: new, updated and absorbed reports, merges, tracks, an operator's word,
rejects. Kills of whole polls are in `tests/polling/test_workers.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from databases import create_database, drop_database
from made import FEEDS, START, feature, payload, polled, rows, said, usgs
from nursery import Nursery, open_nursery
from terraloom.archive import Archive, keep, pending
from terraloom.hazards.rules import Rules
from terraloom.ingest import ingest, ingest_archived
from terraloom.rebuild import DERIVED
from terraloom.records import Payload, Quality
from terraloom.sources.operator import Association, Reference, Retraction
from terraloom.sources.operator import payload as operator_payload

AROUND = "2026-11-18T11:07:44"  # 64 s and 100 km from ours: close, and not the same
FDSN_TEXT = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|"
    "Magnitude|MagAuthor|EventLocationName"
)
VALUES = ("swpc-planetary-k", "ndbc-latest")
LATER = START + timedelta(hours=41)
QUICK = 23  # the default run kills at every twenty-third step, the slow one at each
KILLED = -9
OTHERWISE = {"severity_scores", "doubtful_pairs"}  # follow the commit; written only where a pair is in doubt
ACTION, FLAG = 6, 6  # columns of `decisions` and `observations`


def before() -> list[Payload]:
    """What is in the record already."""
    separate = usgs(feature("us7000aaaa"), feature("nc70000bbb", time=1_795_000_900_000), at=START)
    return [*polled(hours=[26, 40], feeds=(*FEEDS, *VALUES)), separate]


def batch() -> list[Payload]:
    """What is under way when the process dies."""
    joined = feature("us7000aaaa", updated=1_795_000_900_000, ids=",us7000aaaa,nc70000bbb,")
    unreadable = feature("us7000cccc", coordinates=[500.0, 10.0, 1.0])
    a, b = (Reference("usgs", "us7000aaaa"), Reference("emsc", "20261118_0000001"))
    word = Association(a=a, b=b, same=True, operator="me")
    day = START + timedelta(days=1)
    taken_back = Retraction(
        metric="planetary_k_index", station="swpc/planet", since=START, until=day, operator="me"
    )
    line = f"gfz2026made|{AROUND}|39.15|30.5|10|GFZ|||gfz2026made|mw|5.4|GFZ|X"
    near = f"{FDSN_TEXT}\n{line}\n"
    return [
        usgs(joined, unreadable, at=LATER),
        payload("gfz-earthquakes", near.encode(), LATER),
        *polled(hours=[41], feeds=(*FEEDS, *VALUES)),
        said("gdacs-rss", LATER + timedelta(hours=5)),
        operator_payload(word, LATER),
        operator_payload(taken_back, LATER),
    ]


class Scene:
    """A database with the state before, to clone; the steps of the batch; the record after it."""

    def __init__(self, cluster: str, nursery: Nursery, folder: Path) -> None:
        self._cluster, self._nursery, self._folder = cluster, nursery, folder
        self.steps: list[str] = []
        self.expected: dict[str, list[tuple[Any, ...]]] = {}

    @contextmanager
    def database(self) -> Iterator[str]:
        yield create_database(self._cluster, "crash_now", "crash_before")
        drop_database(self._cluster, "crash_now")

    def undisturbed(self) -> None:
        folder = self._folder / "undisturbed"
        with self.database() as url:
            self._nursery.start(url, folder, batch(), batch=20, keep=True, steps=True)
            assert self._nursery.ended() == [0]
            self.expected = whole(url)
        self.steps = msgspec.json.decode((folder / "steps.json").read_bytes())

    def killed_and_mended(self, step: int) -> tuple[int, dict[str, list[tuple[Any, ...]]]]:
        """Kill at a step, then sweep and run again; how many payloads were applied in between, the record."""
        folder = self._folder / str(step)
        shutil.rmtree(folder, ignore_errors=True)  # a body that is there already is a step less
        with self.database() as url:
            self._nursery.start(url, folder, batch(), batch=20, keep=True, die_at=step)
            assert self._nursery.ended() == [KILLED]
            with psycopg.connect(url) as connection:
                applied = connection.execute("SELECT count(applied_seq) FROM payloads").fetchone()
                assert applied is not None
                mend(connection, Archive.open(folder / "archive", fsync=False))
            return applied[0], whole(url)


def mend(connection: psycopg.Connection[Any], archive: Archive) -> None:
    """What the next poll and the sweeper do: fetch and keep again, then apply what is pending."""
    keep(connection, archive, batch(), licences={})
    connection.commit()
    for entry in pending(connection):
        ingest_archived(connection, archive, [entry.id], Rules())


def whole(database_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All derived rows, and which payload was applied when."""
    with psycopg.connect(database_url) as connection:
        order = connection.execute("SELECT applied_seq, id FROM payloads ORDER BY 1, 2").fetchall()
        return {**rows(connection), "payloads": order}


@pytest.fixture(scope="module")
def scene(cluster: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("crash")
    url = create_database(cluster, "crash_before", "terraloom_template")
    with psycopg.connect(url) as connection:
        ingest(connection, Archive.open(folder / "before", fsync=False), before(), Rules())
    with open_nursery() as nursery:
        made = Scene(cluster, nursery, folder)
        made.undisturbed()
        yield made
    drop_database(cluster, "crash_before")


def test_the_batch_takes_every_kind_of_step(scene: Scene) -> None:
    steps = "\n".join(scene.steps)
    for table in DERIVED:
        assert table in steps or table in OTHERWISE, f"no statement of the batch writes {table}"
    for step in ("archive put", "archive rename", "INSERT INTO payloads", "payloads kept", "before commit"):
        assert step in steps
    actions = {row[ACTION] for row in scene.expected["decisions"]}
    assert actions >= {"create", "correlate", "update", "merge", "operator"}
    assert Quality.WITHDRAWN in {row[FLAG] for row in scene.expected["observations"]}


@pytest.mark.parametrize("every", [QUICK, pytest.param(1, marks=pytest.mark.slow)])
def test_a_kill_at_any_step_changes_nothing(scene: Scene, every: int) -> None:
    n_before, n_after = len(before()), len(before()) + len(batch())
    last = len(scene.steps)
    for step in sorted({*range(1, last + 1, every), last - 1, last}):
        said = f"killed at step {step}: {scene.steps[step - 1]}"
        applied, record = scene.killed_and_mended(step)
        assert applied == (n_after if scene.steps[step - 1] == "after commit" else n_before), said
        differing = [table for table in record if record[table] != scene.expected[table]]
        assert differing == [], said
