"""What was moved: a row of `cold_partitions` for each file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from msgspec import Struct, structs
from psycopg import Connection
from psycopg.rows import class_row

from terraloom.db import bulk

SQL = bulk.statements(files("terraloom.observations.cold").joinpath("cold.sql").read_text())
FOLDER = "cold"


class Cold(Struct, frozen=True, kw_only=True):
    """
    A partition that was moved: `starts` <= time < `ends`, UTC. `path` is below the storage url. `sha256` is
    of the file, `checksum` of its rows, whatever their order.
    """

    name: str
    starts: datetime
    ends: datetime
    path: str
    rows: int
    bytes: int
    sha256: str
    checksum: str
    frozen_at: datetime


def everything(connection: Connection[Any]) -> list[Cold]:
    """All of them, in the order of time."""
    return _found(connection, {"names": None, "first": None, "last": None})


def in_use(connection: Connection[Any]) -> list[Cold]:
    """The same of the table in use, though another may be in sight (a rebuild's)."""
    return _found(connection, {"names": None, "first": None, "last": None}, "public.observations")


def between(connection: Connection[Any], first: datetime, last: datetime) -> list[Cold]:
    """Those that hold times between two, both included, in the order of time."""
    return _found(connection, {"names": None, "first": first, "last": last})


def named(connection: Connection[Any], names: Sequence[str]) -> list[Cold]:
    """Those with these names, in the order of time."""
    return _found(connection, {"names": list(names), "first": None, "last": None})


def add(connection: Connection[Any], one: Cold) -> None:
    """Does not commit."""
    connection.execute(SQL["add"], structs.asdict(one))


def remove(connection: Connection[Any], name: str) -> None:
    """Does not commit; the file stays."""
    connection.execute("DELETE FROM cold_partitions WHERE name = %s", [name])


def _found(connection: Connection[Any], which: dict[str, Any], table: str = "observations") -> list[Cold]:
    with connection.cursor(row_factory=class_row(Cold)) as cursor:
        return cursor.execute(SQL["found"], which | {"table": table}).fetchall()
