"""Looking again at what is held: each month's file against its entry, and the row of months against gaps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from msgspec import Struct

from terraloom.backfill.jobs import Window
from terraloom.backfill.wspr.asking import month_of, months, name_of
from terraloom.backfill.wspr.checking import check_columns, check_marks, times_of
from terraloom.backfill.wspr.shelf import Entry, Shelf, entry_path_of, path_of
from terraloom.errors import ArchiveError, PayloadError

BLOCK = 1 << 22  # bytes read at a time


class Verdict(Struct, frozen=True):
    """What became of one month: `problem` is "" where all is right, `remedy` what to do."""

    month: str
    rows: int = 0
    bytes: int = 0
    problem: str = ""
    remedy: str = ""


def held(shelf: Shelf) -> list[Window]:
    """All months from the first that is held to the last, and those between that are not."""
    names = shelf.months()
    if not names:
        return []
    first, last = (month_of(f"{name[:4]}-{name[4:]}", "month") for name in (names[0], names[-1]))
    return list(months(first, last))


def verify(
    shelf: Shelf, wanted: Sequence[Window], done: Callable[[], None] = lambda: None
) -> Iterator[Verdict]:
    """Read every byte of these months; a verdict for each, in order."""
    sizes = shelf.sizes()
    for month in wanted:
        yield _verdict(shelf, month, sizes)
        done()


def _verdict(shelf: Shelf, month: Window, sizes: dict[str, int]) -> Verdict:
    name = name_of(month)
    again = f"terraloom wspr fetch --from {month.start:%Y-%m} --to {month.start:%Y-%m}"
    missing = [path for path in (path_of(name), entry_path_of(name)) if path not in sizes]
    if missing:
        return Verdict(name, problem=f"{' and '.join(missing)} missing", remedy=again)
    try:
        entry = shelf.entry(entry_path_of(name))
        _compare(shelf, entry, month, sizes[path_of(name)])
    except (ArchiveError, PayloadError) as error:
        return Verdict(name, bytes=sizes[path_of(name)], problem=str(error), remedy=f"{again} --again")
    return Verdict(name, entry.rows, entry.bytes)


def _compare(shelf: Shelf, entry: Entry, month: Window, size: int) -> None:
    """Raise `PayloadError` for the first thing that is not as the entry says."""
    if size != entry.bytes:
        raise PayloadError(f"{size} bytes, written were {entry.bytes}")
    with shelf.objects.reader(path_of(entry.month)) as file:
        check_marks(file, size)
        file.seek(0)
        found = _sha256(file)
        if found != entry.sha256:
            raise PayloadError(f"SHA-256 {found}, written was {entry.sha256}: bytes have changed")
        metadata = check_columns(file)
    if metadata.num_rows != entry.rows:
        raise PayloadError(f"{metadata.num_rows} rows, counted were {entry.rows}")
    first, last = times_of(metadata)
    if (first, last) != (entry.first, entry.last):
        raise PayloadError(f"times from {first} to {last}, written were {entry.first} to {entry.last}")
    if first is not None and last is not None and not month.start <= first <= last < month.end:
        raise PayloadError(f"times from {first} to {last} are not all of {entry.month}")


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()
