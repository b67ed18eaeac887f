"""Named objects beside the bodies: one contract, two stores."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from terraloom.archive.objects import Objects
from terraloom.errors import ArchiveError

NOISE = os.urandom(3_000_000)


@pytest.fixture(params=["folder", "S3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "S3":
        return Objects.open_at(request.getfixturevalue("s3_url"))
    return Objects.open_at(tmp_path / "store", fsync=False)


def test_an_object_comes_back_whole_or_in_parts(store: Objects) -> None:
    store.put("cold/noise", NOISE)
    assert store.get("cold/noise") == NOISE
    with store.reader("cold/noise") as file:
        file.seek(-100, os.SEEK_END)
        assert bytes(file.read(50)) == NOISE[-100:-50]


def test_a_file_is_put_without_being_read_whole(store: Objects, tmp_path: Path) -> None:
    file = tmp_path / "noise"
    file.write_bytes(NOISE)
    store.put_file("cold/noise", file)
    assert store.get("cold/noise") == NOISE


def test_a_folder_lists_its_own(store: Objects) -> None:
    store.put("cold/a", b"12")
    store.put("other/b", b"1")
    assert [(item.path, item.bytes) for item in store.listed("cold")] == [("cold/a", 2)]
    assert list(store.listed("nothing")) == []


def test_what_is_missing_is_named_and_can_be_deleted_again(store: Objects) -> None:
    store.delete("cold/a")
    assert not store.exists("cold/a")
    with pytest.raises(ArchiveError, match="cold/a is missing"):
        store.reader("cold/a")
