"""The grouping's figures on real catalogues of several agencies, held as lower bounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from hazards.record import empty
from terraloom.archive import Archive
from terraloom.hazards import evaluation
from terraloom.hazards.evaluation import Row
from terraloom.hazards.nodes import Key
from terraloom.hazards.rules import Profile, Rules

SMALL = [("isc-yunnan", 0.98), ("gcmt-2005", 0.999), ("bmkg-usgs-2022-2024", 0.999)]
LARGE = [("phivolcs-usgs-2018-2020", 0.995), ("koeri-usgs-2025", 0.999), ("geonet-usgs-2024", 0.999)]
SHUFFLED = ["isc-yunnan", "bmkg-usgs-2022-2024"]


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(database_url) as found:
        yield found


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(str(tmp_path / "archive"), fsync=False)


def read(samples: Path, name: str, *, keys: bool = False) -> list[Row]:
    path = samples / "catalogs" / "neutral" / f"{name}.csv.gz"
    if not path.exists():
        pytest.skip(f"no truth table {path}")
    return evaluation.read_table(path, keys=keys)


def events(
    connection: Connection[Any], archive: Archive, rows: list[Row], profile: Profile = "default"
) -> dict[Key, UUID]:
    return evaluation.run(connection, archive, rows, Rules().with_profile(profile))


def assert_at_least(rows: list[Row], grouped: dict[Key, UUID], precision: float, recall: float) -> None:
    found, cases = evaluation.score(rows, grouped)
    assert found.records == len({row.key for row in rows})
    assert (found.precision or 0.0) >= precision, cases
    assert (found.recall or 0.0) >= recall, cases


@pytest.mark.parametrize(
    ("name", "recall"), [*SMALL, *(pytest.param(*row, marks=pytest.mark.slow) for row in LARGE)]
)
def test_earthquakes_are_grouped_right_and_nearly_all_found(
    samples: Path, connection: Connection[Any], archive: Archive, name: str, recall: float
) -> None:
    rows = read(samples, name)
    assert_at_least(rows, events(connection, archive, rows), 0.999, recall)


@pytest.mark.slow
def test_storms_are_grouped_by_their_tracks_alone(
    samples: Path, connection: Connection[Any], archive: Archive
) -> None:
    rows = read(samples, "ibtracs-2018-2021")
    assert not any(row.report.keys for row in rows)
    assert_at_least(rows, events(connection, archive, rows), 0.99, 0.99)


@pytest.mark.parametrize("name", SHUFFLED)
def test_another_order_of_arrival_changes_less_than_one_pair_in_a_thousand(
    samples: Path, connection: Connection[Any], archive: Archive, name: str
) -> None:
    rows = read(samples, name)
    first = evaluation.pairs_of(events(connection, archive, rows))
    connection.commit()
    for seed in range(2):
        empty(connection)
        again = evaluation.pairs_of(events(connection, archive, evaluation.shuffled(rows, seed)))
        connection.commit()
        assert evaluation.changed_share(first, again) < 0.001


@pytest.mark.parametrize("name", ["isc-yunnan", "bmkg-usgs-2022-2024"])
def test_the_default_rules_beat_the_plain_ones(
    samples: Path, connection: Connection[Any], archive: Archive, name: str
) -> None:
    rows = read(samples, name)
    recalls = {}
    for profile in ("default", "pdl", "as-given"):
        empty(connection)
        recalls[profile] = evaluation.score(rows, events(connection, archive, rows, profile))[0].recall or 0
        connection.commit()
    assert recalls["default"] > recalls["pdl"] > recalls["as-given"]
