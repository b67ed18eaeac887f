"""The manifest: what is recorded can be read back, once, in order."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from terraloom.archive import entries, keep, load_payload, pending, record, record_many
from terraloom.errors import ArchiveError
from terraloom.records import Payload, derived_id


def test_a_payload_comes_back_as_it_was_received(connection, archive, payload):
    sent = payload()
    keep(connection, archive, [sent], licences={sent.source: "public domain"})
    connection.execute("SET TIME ZONE 'Asia/Kathmandu'")
    loaded = load_payload(connection, archive, sent.id)
    assert loaded == sent
    assert loaded.id == sent.id


def test_recording_twice_keeps_one_row(connection, archive, payload):
    archive.put(payload().body)
    assert record(connection, payload(), licence="public domain") is True
    assert record(connection, payload(), licence="public domain") is False
    assert len(list(entries(connection))) == 1


def test_a_batch_keeps_its_order_and_says_what_is_new(connection, archive, payload):
    record(connection, payload(3), licence="")
    batch = [payload(n) for n in (5, 3, 1, 5)]
    new = record_many(connection, batch, licences={})
    assert new == {payload(5).id, payload(1).id}
    assert [entry.url[-1] for entry in pending(connection)] == ["3", "5", "1"]


def test_what_is_applied_is_no_longer_pending(connection, archive, payload):
    keep(connection, archive, [payload(1), payload(2)], licences={})
    connection.execute("UPDATE payloads SET applied_seq = 1 WHERE id = %s", [payload(1).id])
    assert [entry.id for entry in pending(connection)] == [payload(2).id]


def test_an_unknown_payload_is_named_in_the_error(connection, archive, payload):
    stranger = derived_id("nobody")
    with pytest.raises(ArchiveError, match=str(stranger)):
        load_payload(connection, archive, stranger)


def test_the_same_moment_in_another_zone_is_refused_a_second_identity(connection, archive, payload):
    nepal = timezone(timedelta(hours=5, minutes=45))
    one = payload()
    other = Payload(source=one.source, url=one.url, fetched_at=one.fetched_at.astimezone(nepal), body=b"")
    with pytest.raises(ArchiveError, match="UTC"):
        record(connection, other, licence="")
