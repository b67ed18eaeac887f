"""Bring a partition back from its file."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from terraloom.archive.objects import Objects
from terraloom.db import bulk
from terraloom.errors import ArchiveError
from terraloom.observations import partitions
from terraloom.observations.cold import content, freezing, manifest
from terraloom.observations.cold.manifest import Cold
from terraloom.observations.partitions import Partition


def thaw_named(connection: Connection[Any], store: Objects, name: str) -> bool:
    """Bring one partition back. Commits. False where it is not cold (any more)."""
    connection.commit()
    with connection.transaction():
        partitions.share(connection)
        for one in manifest.named(connection, [name]):
            if partitions.missing(connection, [Partition(one.starts, one.ends, name)]):
                thaw(connection, store, manifest.named(connection, [name])[0])
                return True
    return False


def thaw(connection: Connection[Any], store: Objects, cold: Cold) -> None:
    """
    Make the partition again from its file, within the caller's transaction, who has found it missing.

    The file stays, for who reads in an older snapshot: `checking.sweep` drops it. Raises `ArchiveError`
    where it is missing, or its rows are not those that were moved.
    """

    def fill(name: str) -> None:
        target = bulk.Table(name, content.ROWS)
        for part in content.everything(store, cold):
            bulk.insert(
                connection, target, {column: part[column].combine_chunks() for column in content.ROWS}
            )

    partitions.make(connection, Partition(cold.starts, cold.ends, cold.name), fill)
    found = freezing.count(connection, cold.starts, cold.ends)
    if found != (cold.rows, cold.checksum):
        raise ArchiveError(
            f"{store.url}: {cold.path} gives {found[0]} rows with checksum {found[1]}, "
            f"expected {cold.rows} with {cold.checksum}"
        )
    manifest.remove(connection, cold.name)
