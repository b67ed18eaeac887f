"""Do the cold files hold what the manifest says, and are there others?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field
from psycopg import Connection

from terraloom.archive.objects import Objects
from terraloom.errors import ArchiveError
from terraloom.observations.cold import manifest
from terraloom.observations.cold.freezing import check
from terraloom.observations.cold.manifest import FOLDER

GRACE = timedelta(hours=24)  # a younger file may be about to be named, or be read in an older snapshot


class Problem(Struct, frozen=True):
    """A file that is not what the manifest says."""

    partition: str
    path: str
    detail: str


class Verification(Struct):
    """What was found. `strays` are files that no partition names: left over, or another database's."""

    partitions: int = 0
    rows: int = 0
    bytes: int = 0
    problems: list[Problem] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)


def verify(
    connection: Connection[Any],
    store: Objects,
    *,
    now: datetime,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Verification:
    """Read every file whole and compare hash, rows and checksum; list what is not named."""
    named = manifest.everything(connection)
    connection.commit()
    found = Verification(partitions=len(named))
    for n, one in enumerate(named, 1):
        try:
            check(store, one)
            found.rows, found.bytes = found.rows + one.rows, found.bytes + one.bytes
        except ArchiveError as error:
            found.problems.append(Problem(one.name, one.path, str(error)))
        progress(n, len(named))
    paths = {one.path for one in named}
    old = (item.path for item in store.listed(FOLDER) if item.written_at < now - GRACE)
    found.strays = sorted(path for path in old if path not in paths)
    return found


def sweep(connection: Connection[Any], store: Objects, strays: list[str]) -> int:
    """Drop those `strays` that are not named by now; returns how many."""
    paths = {one.path for one in manifest.everything(connection)}
    gone = [path for path in strays if path not in paths]
    for path in gone:
        store.delete(path)
    return len(gone)
