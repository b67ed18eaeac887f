"""What a database is: server, schema, extensions, size."""

from __future__ import annotations

import psycopg
from msgspec import Struct

from terraloom.db.extensions import Extension, extensions
from terraloom.db.migrate import current_revision, head_revision
from terraloom.db.postgis import geometry_columns


class Status(Struct, frozen=True, kw_only=True):
    """`revision` is null for an empty database; `current` says that it is the one this version needs."""

    server_version: str
    database: str
    embedded: bool
    revision: str | None
    head: str
    current: bool
    bytes: int
    extensions: list[Extension]
    geometry_columns: list[str]


def database_status(url: str, *, embedded: bool) -> Status:
    """Look at the database; changes nothing."""
    revision, head = current_revision(url), head_revision()
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), current_database(),"
            " pg_database_size(current_database())"
        ).fetchone()
        assert row is not None
        return Status(
            server_version=row[0],
            database=row[1],
            embedded=embedded,
            revision=revision,
            head=head,
            current=revision == head,
            bytes=row[2],
            extensions=extensions(connection),
            geometry_columns=[f"{table}.{column}" for table, column in geometry_columns(connection)],
        )
