"""What a process does with one file, and how all of it is folded into one state."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
from msgspec import Struct

from terraloom.compute import files, relations
from terraloom.compute.files import File
from terraloom.compute.reading import Reading
from terraloom.compute.relations import Partial
from terraloom.compute.spec import Plan
from terraloom.errors import ConfigError

PENDING = 64  # partials that are merged at a time, at most
PENDING_BYTES = 32_000_000


class Piece(Struct, frozen=True):
    """One file, and all that is needed to work on it."""

    plan: Plan
    file: File
    memory: int  # bytes that DuckDB may hold before it spills to disk


def aggregate(piece: Piece) -> bytes:
    """What one file gives, packed. Raises what DuckDB and Polars raise for a file that they cannot read."""
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # read when Polars is imported, below
    with tempfile.TemporaryDirectory(prefix="terraloom-aggregate-") as scratch:
        connection = connected(piece.memory, Path(scratch))
        with connection:
            files.open_view(connection, piece.file, piece.plan, Path(scratch))
            found = Reading(connection, piece.plan).partial()
    return relations.packed(found)


def connected(memory: int, scratch: Path) -> duckdb.DuckDBPyConnection:
    """
    A DuckDB of its own: one thread, so that sums of doubles have one order, and no way to the network.
    """
    connection = duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": f"{memory}B",
            "temp_directory": str(scratch),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
    )
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return connection


class State:
    """What all files gave so far. `most` bounds the rows of each part: beyond, memory would not hold it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, most: int) -> None:
        self._connection, self._most = connection, most
        self._parts: dict[str, list[pa.Table]] = {}
        self._pending = 0

    def fold(self, partial: Partial) -> None:
        """Take in what a file, or many files, gave."""
        for name, table in partial.items():
            self._parts.setdefault(name, []).append(table)
        self._pending += 1

    @property
    def due(self) -> bool:
        """
        Whether it is time to merge: when as much waits as there is, so that a row is merged again only as
        often as the state doubles.
        """
        state = sum(parts[0].nbytes for parts in self._parts.values())
        waiting = sum(part.nbytes for parts in self._parts.values() for part in parts[1:])
        return self._pending >= PENDING or waiting > max(state, PENDING_BYTES)

    def merged(self) -> Partial:
        """All that was taken in. Raises `ConfigError` where there are too many groups."""
        for name, parts in self._parts.items():
            whole = relations.merged(self._connection, parts) if len(parts) > 1 else parts[0]
            if len(whole) > self._most:
                raise ConfigError(f"groups of {name}", len(whole), f"at most {self._most} (--max-groups)")
            self._parts[name] = [whole]
        self._pending = 0
        return {name: parts[0] for name, parts in self._parts.items()}
