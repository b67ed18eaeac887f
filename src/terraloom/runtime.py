"""What a process needs to work: settings, a pool on the database, the archive. Opened once, passed on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg_pool import ConnectionPool

from terraloom.config import Settings
from terraloom.db.cluster import start_embedded
from terraloom.db.migrate import migrate as migrate_database

if TYPE_CHECKING:
    from terraloom.archive import Archive


@dataclass(frozen=True)
class Runtime:
    """One per process. `pool` gives connections in UTC; `database_url` is for those that open their own."""

    settings: Settings
    database_url: str
    pool: ConnectionPool
    archive: Archive


@contextmanager
def open_runtime(settings: Settings, *, migrate: bool = True) -> Iterator[Runtime]:
    """
    Open database and archive; the embedded server is started where no `database_url` is set.

    `migrate` brings the schema to this version first. Raises `DatabaseError`, `ArchiveError`.
    """
    from terraloom.archive import Archive

    url = settings.database_url or start_embedded(settings.home)
    if migrate:
        migrate_database(url)
    archive = Archive.open(settings.archive_url)
    with ConnectionPool(
        url, min_size=1, max_size=settings.database.pool_size, configure=_in_utc, open=True
    ) as pool:
        yield Runtime(settings, url, pool, archive)


def _in_utc(connection: psycopg.Connection) -> None:
    connection.execute("SET timezone = 'UTC'")
    connection.commit()
