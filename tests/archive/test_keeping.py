"""The archive is proved whole, old bodies go, and what is pinned or shared stays."""

from __future__ import annotations

import threading
from datetime import timedelta

import psycopg
import pytest

from terraloom.archive import checking, keep, load_payload, pending, retention
from terraloom.archive.checking import Fault
from terraloom.archive.store import path_of
from terraloom.errors import ArchiveError
from terraloom.records import derived_id

DAY = timedelta(days=1)


@pytest.fixture
def kept(connection, archive, payload):
    """Five applied payloads; the last two have the same body."""
    made = [payload(n, body=b"shared" if n >= 3 else None) for n in range(5)]
    keep(connection, archive, made, licences={})
    connection.execute("UPDATE payloads SET applied_seq = seq")
    connection.commit()
    return made


def verify(connection, archive, kept):
    return checking.verify(connection, archive, now=kept[0].fetched_at + 3650 * DAY)


def expire(connection, archive, kept, *, before=10 * DAY, source=None):
    noon = kept[0].fetched_at
    return retention.expire(connection, archive, before=noon + before, now=noon + 30 * DAY, source=source)


def test_a_whole_archive_has_no_problems(connection, archive, kept):
    steps = []
    found = checking.verify(
        connection, archive, now=kept[0].fetched_at, progress=lambda n, of: steps.append((n, of))
    )
    assert (found.bodies, found.bytes) == (4, 3 * len(b"body 0") + len(b"shared"))
    assert (found.problems, found.leftovers, found.orphans) == ([], [], [])
    assert steps[-1] == (256, 256)


def test_what_is_missing_or_altered_is_named_with_its_payloads(connection, archive, kept, tmp_path):
    archive.delete(kept[0].sha256)
    (tmp_path / "archive" / path_of(kept[4].sha256)).write_bytes(b"garbage")
    connection.execute("UPDATE payloads SET bytes = 7 WHERE id = %s", [kept[1].id])
    problems = {p.sha256: p for p in verify(connection, archive, kept).problems}
    assert problems[kept[0].sha256].fault is Fault.MISSING
    assert problems[kept[1].sha256].fault is Fault.SIZE
    assert problems[kept[4].sha256].fault is Fault.ALTERED
    assert problems[kept[4].sha256].payloads == [str(kept[3].id), str(kept[4].id)]


def test_a_body_without_a_row_is_an_orphan_unless_it_is_fresh(connection, archive, kept):
    stray = archive.put(b"cut off before its row")
    assert verify(connection, archive, kept).orphans == [stray]
    assert checking.verify(connection, archive, now=kept[0].fetched_at).orphans == []


def test_old_bodies_go_and_their_rows_stay(connection, archive, kept):
    done = expire(connection, archive, kept, before=timedelta(seconds=2))
    assert (done.payloads, done.bodies) == (2, 2)
    assert not archive.exists(kept[0].sha256)
    with pytest.raises(ArchiveError, match="dropped by retention"):
        load_payload(connection, archive, kept[0].id)
    assert load_payload(connection, archive, kept[2].id) == kept[2]
    assert verify(connection, archive, kept).problems == []


def test_a_body_that_a_living_payload_shares_stays(connection, archive, kept):
    assert expire(connection, archive, kept, before=timedelta(seconds=4)).bodies == 3
    assert load_payload(connection, archive, kept[4].id).body == b"shared"
    assert expire(connection, archive, kept).bodies == 1
    assert not archive.exists(kept[4].sha256)


def test_pinned_payloads_never_expire_until_they_are_unpinned(connection, archive, kept):
    retention.pin(connection, [kept[0].id])
    assert expire(connection, archive, kept).payloads == 4
    retention.unpin(connection, [kept[0].id])
    assert expire(connection, archive, kept).payloads == 1


def test_what_is_not_applied_yet_never_expires(connection, archive, kept, payload):
    keep(connection, archive, [payload(9)], licences={})
    expire(connection, archive, kept)
    assert [entry.id for entry in pending(connection)] == [payload(9).id]
    assert archive.exists(payload(9).sha256)


def test_retention_can_be_for_one_source(connection, archive, kept, payload):
    assert retention.due(connection, before=kept[0].fetched_at + DAY, source="koeri") == 0
    assert retention.due(connection, before=kept[0].fetched_at + DAY) == 5
    assert expire(connection, archive, kept, source="koeri").payloads == 0


def test_pinning_what_is_not_there_is_an_error(connection, archive, kept):
    with pytest.raises(ArchiveError, match=str(derived_id("nobody"))):
        retention.pin(connection, [kept[0].id, derived_id("nobody")])


def test_an_interrupted_expiry_leaves_a_leftover_that_can_be_swept(connection, archive, kept, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(archive, "delete", _fails)
        with pytest.raises(ArchiveError):
            expire(connection, archive, kept)
    found = verify(connection, archive, kept)
    assert len(found.leftovers) == 4
    assert found.problems == []
    assert checking.sweep(connection, archive, found.leftovers) == 4
    assert list(archive.objects()) == []


def test_ingestion_of_the_same_body_waits_for_retention(connection, archive, kept, payload, database_url):
    again = payload(99, body=kept[0].body)
    with psycopg.connect(database_url) as other:
        keep(other, archive, [again], licences={})  # not committed: its row is not visible yet
        thread = threading.Thread(target=expire, args=(connection, archive, kept))
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        other.commit()
        thread.join(10)
    assert load_payload(connection, archive, again.id) == again


def _fails(_sha256: str) -> None:
    raise ArchiveError("the process died here")
