"""One contract, two stores: a folder and S3."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from terraloom.archive import Archive
from terraloom.errors import ArchiveError, ConfigError

HELLO = hashlib.sha256(b"hello").hexdigest()


class Contract:
    """What every store promises."""

    def test_a_body_comes_back_under_its_hash(self, store):
        assert store.put(b"hello") == HELLO
        assert store.get(HELLO) == b"hello"

    @pytest.mark.parametrize(
        "body", [b"", b"\0" * 100_000, os.urandom(100_000)], ids=["empty", "zeros", "noise"]
    )
    def test_any_body_survives(self, store, body):
        assert store.get(store.put(body)) == body

    def test_putting_twice_keeps_one_object(self, store):
        store.put(b"hello")
        store.put(b"hello")
        assert [item.sha256 for item in store.objects()] == [HELLO]

    def test_a_missing_body_is_named(self, store):
        assert not store.exists(HELLO)
        with pytest.raises(ArchiveError, match=rf"{HELLO}\.zst is missing"):
            store.get(HELLO)

    def test_deleting_is_final_and_repeatable(self, store):
        store.put(b"hello")
        store.delete(HELLO)
        store.delete(HELLO)
        assert not store.exists(HELLO)

    def test_a_shelf_lists_only_its_own(self, store):
        names = {store.put(b"%d" % n) for n in range(40)}
        shelf = HELLO[:2]
        store.put(b"hello")
        assert {item.sha256 for item in store.objects()} == names | {HELLO}
        assert {item.sha256 for item in store.objects(shelf)} >= {HELLO}
        assert all(item.sha256.startswith(shelf) for item in store.objects(shelf))

    def test_only_a_hash_is_an_address(self, store):
        with pytest.raises(ArchiveError, match="no SHA-256"):
            store.get("../../etc/passwd")


class TestFolder(Contract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Archive:
        return Archive.open(tmp_path / "archive", fsync=False)


class TestS3(Contract):
    @pytest.fixture
    def store(self, s3_url: str) -> Archive:
        return Archive.open(s3_url)

    def test_a_store_that_is_not_there_is_an_archive_error(self, s3_url):
        with pytest.raises(ArchiveError, match="no-such-bucket"):
            Archive.open("s3://no-such-bucket/raw").put(b"hello")


def test_the_three_ways_to_name_a_folder_are_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Archive.open("with space").put(b"hello")
    assert Archive.open(tmp_path / "with space").get(HELLO) == b"hello"
    assert Archive.open((tmp_path / "with space").as_uri()).get(HELLO) == b"hello"


@pytest.mark.parametrize("url", ["ftp://x/y", "s3://", "http://x/"])
def test_any_other_url_is_refused(url):
    with pytest.raises(ConfigError, match=f"storage_url: got '{url}', expected a folder"):
        Archive.open(url)


def test_a_folder_that_cannot_be_made_is_an_archive_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ArchiveError, match="the folder cannot be made"):
        Archive.open(tmp_path / "file" / "archive")


def test_many_bodies_are_kept_in_order(tmp_path):
    bodies = [b"%d" % (n % 20) for n in range(50)]
    store = Archive.open(tmp_path)
    assert [store.get(sha256) for sha256 in store.put_many(bodies)] == bodies
    assert len(list(store.objects())) == 20


@pytest.mark.parametrize("damage", [lambda data: data[:-3], lambda data: b"", lambda data: b"x" * len(data)])
def test_a_damaged_object_is_never_returned(tmp_path, damage):
    store = Archive.open(tmp_path)
    store.put(b"hello")
    path = tmp_path / "sha256" / HELLO[:2] / f"{HELLO}.zst"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ArchiveError, match=HELLO):
        store.get(HELLO)


def test_other_content_under_a_name_is_noticed(tmp_path):
    store = Archive.open(tmp_path)
    store.put(b"hello")
    other = store.put(b"other")
    folder = tmp_path / "sha256"
    os.replace(folder / other[:2] / f"{other}.zst", folder / HELLO[:2] / f"{HELLO}.zst")
    with pytest.raises(ArchiveError, match="other bytes"):
        store.get(HELLO)


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    store = Archive.open(tmp_path)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match="No space left"):
        store.put(b"hello")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_many_writers_of_one_body_leave_one_whole_object(tmp_path):
    store = Archive.open(tmp_path)
    body = os.urandom(300_000)
    threads = [threading.Thread(target=store.put, args=[body]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (stored,) = store.objects()
    assert store.get(stored.sha256) == body
