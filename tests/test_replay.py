"""Recorded payloads through the whole way: none is lost, none moves anything twice, all can be made again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from databases import create_database, drop_database
from made import rows
from terraloom.archive import Archive, load_payload
from terraloom.archive.checking import verify
from terraloom.hazards.rules import Rules
from terraloom.ingest import IngestResult, parse
from terraloom.rebuild import rebuild
from terraloom.records import Observation
from terraloom.replay import Recording, find, replay
from terraloom.sources import source

A_FEW = 2  # recordings of each source in the default run, the smallest; the slow run takes all
LONG = 400_000  # bytes; series longer than this, of some ten thousand values each, are left to the slow run
MADE = (  # what a report or a value comes to
    *("duplicate", "stale", "created", "updated", "correlated", "retracted"),
    *("observed", "revised", "withdrawn"),
)


class Replayed:
    """What was replayed, and what came of each recording, first and second time."""

    def __init__(self, connection: Connection[Any], archive: Archive, recordings: list[Recording]) -> None:
        self.connection, self.archive, self.recordings = connection, archive, recordings
        self.first = self.again()

    def again(self) -> list[IngestResult]:
        results: list[IngestResult] = []
        replay(
            self.connection,
            self.archive,
            self.recordings,
            Rules(),
            after_each=lambda _recording, result: results.append(result),
        )
        return results


def some(recordings: list[Recording], of_each: int) -> list[Recording]:
    """The smallest recordings of each source but for long series, in the order of all."""
    if of_each > A_FEW:
        return recordings
    recordings = [r for r in recordings if len(r.payload.body) < LONG or not _measures(r.payload.source)]
    by_source = sorted(recordings, key=lambda r: (r.payload.source, len(r.payload.body), str(r.path)))
    kept = [r for _, group in groupby(by_source, lambda r: r.payload.source) for r in islice(group, of_each)]
    return [recording for recording in recordings if recording in kept]


def _measures(source_id: str) -> bool:
    return source(source_id).info.emits is Observation


@pytest.fixture(
    scope="module",
    params=[A_FEW, pytest.param(10_000, marks=pytest.mark.slow)],
    ids=["a few", "all"],
)
def replayed(
    request: pytest.FixtureRequest,
    samples: Path,
    cluster: str,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Replayed]:
    recordings, _ = find(samples)
    url = create_database(cluster, "replayed", "terraloom_template")
    archive = Archive.open(tmp_path_factory.mktemp("replayed"), fsync=False)
    with psycopg.connect(url) as connection:
        yield Replayed(connection, archive, some(recordings, request.param))
    drop_database(cluster, "replayed")


def count(connection: Connection[Any], query: str) -> int:
    row = connection.execute(query).fetchone()
    connection.commit()
    assert row is not None
    return int(row[0])


def test_everything_is_archived_and_applied(replayed: Replayed) -> None:
    for recording in replayed.recordings:
        kept = load_payload(replayed.connection, replayed.archive, recording.payload.id)
        assert kept == recording.payload, recording.path
    n_payloads = len({recording.payload.id for recording in replayed.recordings})
    assert count(replayed.connection, "SELECT count(applied_seq) FROM payloads") == n_payloads
    assert len({recording.payload.source for recording in replayed.recordings}) > 80


def test_every_record_is_in_the_database_or_in_quarantine(replayed: Replayed) -> None:
    accepted = 0
    for recording, result in zip(replayed.recordings, replayed.first, strict=True):
        if result.applied_seq is None:  # the same file was recorded twice
            continue
        read = parse(recording.payload)
        sound = len(read.reports) + len(read.observations)
        assert result.records == sound + len(read.rejects), recording.path
        assert result.rejected == len(read.rejects), recording.path
        assert sum(getattr(result, name) for name in MADE) == sound, recording.path
        accepted += len(read.reports) and len(read.reports) - result.duplicate - result.stale
    assert count(replayed.connection, "SELECT count(*) FROM raw_event_records") == accepted
    assert count(replayed.connection, "SELECT count(*) FROM normalized_event_records") == accepted
    rejected = sum(result.rejected for result in replayed.first)
    assert count(replayed.connection, "SELECT count(*) FROM quarantine WHERE reason <> ''") == rejected


def test_every_value_stands_in_its_series_and_every_version_is_kept(replayed: Replayed) -> None:
    observed, replaced = (
        sum(getattr(result, name) for result in replayed.first for name in names)
        for names in (("observed",), ("revised", "withdrawn"))
    )
    assert observed > 1000
    assert count(replayed.connection, "SELECT count(*) FROM observations") == observed
    assert count(replayed.connection, "SELECT sum(n + flagged + withdrawn) FROM series") == observed
    assert count(replayed.connection, "SELECT count(*) FROM observation_revisions") == replaced


def test_what_was_dropped_is_in_the_record_already(replayed: Replayed) -> None:
    dropped = [r for r, result in zip(replayed.recordings, replayed.first, strict=True) if result.duplicate]
    query = "SELECT agency, id FROM event_id_aliases"
    known = set(replayed.connection.execute(query).fetchall())
    reports = [report for recording in dropped for report in parse(recording.payload).reports]
    assert {(report.agency, report.source_event_id) for report in reports} <= known


def test_a_second_replay_changes_nothing(replayed: Replayed) -> None:
    before = rows(replayed.connection)
    assert all(result.applied_seq is None for result in replayed.again())
    assert rows(replayed.connection) == before


def test_the_archive_is_whole(replayed: Replayed) -> None:
    found = verify(replayed.connection, replayed.archive, now=datetime.now(UTC))
    assert (found.problems, found.bodies) == ([], len({r.payload.sha256 for r in replayed.recordings}))


def test_every_table_can_be_made_again_row_for_row(replayed: Replayed) -> None:
    found = rebuild(replayed.connection, replayed.archive, Rules(), replace=False)
    assert [one for one in found if not one.same] == []
    assert {one.table for one in found if one.rows} >= {"disaster_events", "track_points", "quarantine"}


def test_a_source_may_claim_a_folder_within_another(tmp_path: Path) -> None:
    (folder := tmp_path / "catalogs" / "eonet-2019-08").mkdir(parents=True)
    (folder / "events.json").write_text('{"title": "EONET Events", "events": []}')
    recordings, skipped = find(tmp_path)
    assert [recording.payload.source for recording in recordings] == ["eonet-events"]
    assert [one.reason for one in skipped] == ["no source claims the rest of this folder"]
