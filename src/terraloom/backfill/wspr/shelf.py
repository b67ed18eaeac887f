"""
The months that are held, each with its entry beside: `wspr/raw/wspr_raw_YYYYMM.parquet` in the storage.

The entry (the same name, `.json`) is written when its file is there whole. All entries together are the
manifest: months are fetched by several processes or machines without a file that all must change, and who
copies the folder has both.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from terraloom.archive.objects import Objects
from terraloom.errors import ArchiveError

FOLDER = "wspr/raw"

_NAME = re.compile(rf"{FOLDER}/wspr_raw_(\d{{6}})\.(?:parquet|json)")

Pieces = Literal["month", "days", "hours"]


class Entry(Struct, frozen=True, kw_only=True):
    """One month: `rows` as the server counted them, `asked_by` the smallest pieces that were asked for."""

    month: str  # YYYYMM
    rows: int
    bytes: int
    sha256: str
    first: datetime | None
    last: datetime | None
    asked_by: Pieces
    address: str
    fetched_at: datetime
    simulated: bool = False


class Shelf:
    """Files and entries of months, by their names (YYYYMM). Raises `ArchiveError`."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects

    def put(self, entry: Entry, file: Path) -> None:
        """First the file, then its entry: an entry never speaks of what is not there."""
        self.objects.put_file(path_of(entry.month), file)
        self.objects.put(entry_path_of(entry.month), msgspec.json.format(msgspec.json.encode(entry)))

    def entries(self) -> Iterator[Entry]:
        """The manifest, in the order of months."""
        sizes = self.sizes()
        for month in self.months():
            if entry_path_of(month) in sizes:
                yield self.entry(entry_path_of(month))

    def months(self) -> list[str]:
        """All months of which there is anything, in order; what is named otherwise is not ours."""
        return sorted({found[1] for path in self.sizes() if (found := _NAME.fullmatch(path))})

    def entry(self, path: str) -> Entry:
        try:
            return msgspec.json.decode(self.objects.get(path), type=Entry)
        except msgspec.DecodeError as error:
            raise ArchiveError(f"{self.objects.url}: object {path}: {error}") from error

    def sizes(self) -> dict[str, int]:
        """All objects of the folder, with their bytes."""
        return {listed.path: listed.bytes for listed in self.objects.listed(FOLDER)}

    def holds(self, month: str, sizes: dict[str, int]) -> bool:
        """Whether a month is there, as its entry says; its content is for `verifying`."""
        path = entry_path_of(month)
        return path in sizes and sizes.get(path_of(month)) == self.entry(path).bytes


def path_of(month: str) -> str:
    return f"{FOLDER}/wspr_raw_{month}.parquet"


def entry_path_of(month: str) -> str:
    return f"{FOLDER}/wspr_raw_{month}.json"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
