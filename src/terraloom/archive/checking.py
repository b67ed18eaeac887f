"""Does the store hold what the manifest says, and only that?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct, field
from psycopg import Connection

from terraloom.archive.manifest import LOCK
from terraloom.archive.store import Archive, StoredObject
from terraloom.errors import ArchiveError

SHELVES = [f"{n:02x}" for n in range(256)]
AT_A_TIME = 8  # bodies read at once: most of the time goes into waiting for disk or network
GRACE = timedelta(hours=1)  # a body whose row is still to be committed is no orphan

# What should be there, by shelf; "g" stands after all hexadecimal digits in every collation.
WANTED = """
SELECT sha256, min(bytes), max(bytes), array_agg(id::text ORDER BY seq) FROM payloads
WHERE expired_at IS NULL AND sha256 >= %s AND sha256 < %s || 'g'
GROUP BY sha256 ORDER BY sha256
"""
KNOWN = "SELECT DISTINCT sha256 FROM payloads WHERE sha256 = ANY(%s)"
LIVE = "SELECT DISTINCT sha256 FROM payloads WHERE expired_at IS NULL AND sha256 = ANY(%s)"


class Fault(StrEnum):
    MISSING = "missing"
    ALTERED = "altered"
    SIZE = "size"


class Problem(Struct, frozen=True):
    """A body that is not what the manifest says, and the payloads that need it."""

    sha256: str
    fault: Fault
    detail: str
    payloads: list[str]


class Verification(Struct):
    """
    What was found. `leftovers`: bodies whose payloads have all expired, kept because dropping them was
    interrupted. `orphans`: bodies that no row ever named (a poll that was cut off, another database).
    Neither is a fault.
    """

    bodies: int = 0
    bytes: int = 0
    problems: list[Problem] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)


def verify(
    connection: Connection[Any],
    archive: Archive,
    *,
    now: datetime,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Verification:
    """Read every body that the manifest needs and compare hash and size; list what is not needed."""
    found = Verification()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for n, shelf in enumerate(SHELVES, start=1):
            wanted = connection.execute(WANTED, [shelf, shelf]).fetchall()
            for size, problem in pool.map(lambda row: _check(archive, *row), wanted):
                found.bodies += 1
                found.bytes += size
                found.problems += [problem] if problem else []
            _add_unneeded(connection, found, list(_old(archive, shelf, now)))
            progress(n, len(SHELVES))
    return found


def sweep(connection: Connection[Any], archive: Archive, leftovers: list[str]) -> int:
    """Drop those `leftovers` that no payload needs by now; returns how many."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
    live = {row[0] for row in connection.execute(LIVE, [leftovers])}
    known = {row[0] for row in connection.execute(KNOWN, [leftovers])}
    for sha256 in sorted(known - live):
        archive.delete(sha256)
    return len(known - live)


def _check(
    archive: Archive, sha256: str, least: int, most: int, payloads: list[str]
) -> tuple[int, Problem | None]:
    try:
        size = len(archive.get(sha256))
    except ArchiveError as error:
        fault = Fault.MISSING if isinstance(error.__cause__, FileNotFoundError) else Fault.ALTERED
        return 0, Problem(sha256, fault, str(error), payloads)
    if (least, most) != (size, size):
        return size, Problem(sha256, Fault.SIZE, f"{size} bytes, the manifest says {least}", payloads)
    return size, None


def _old(archive: Archive, shelf: str, now: datetime) -> Iterator[StoredObject]:
    return (item for item in archive.objects(shelf) if item.written_at < now - GRACE)


def _add_unneeded(connection: Connection[Any], found: Verification, stored: list[StoredObject]) -> None:
    names = [item.sha256 for item in stored]
    live = {row[0] for row in connection.execute(LIVE, [names])}
    known = {row[0] for row in connection.execute(KNOWN, [names])}
    found.leftovers += sorted(known - live)
    found.orphans += sorted(set(names) - known)
