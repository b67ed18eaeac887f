"""What a process needs to work: settings, a pool on the database, the archive. Opened once, passed on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg_pool import ConnectionPool

from terraloom.archive import Archive
from terraloom.config import Settings
from terraloom.config_report import mask
from terraloom.db.cluster import start_embedded
from terraloom.db.migrate import current_revision, head_revision
from terraloom.db.migrate import migrate as migrate_database
from terraloom.errors import ConfigError, DatabaseError

OLDEST_SERVER = 150_000  # PostgreSQL 15
SCHEMES = ("postgresql://", "postgres://")


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

    `migrate` brings the schema to this version first; without it, another version's schema is an error.
    Raises `ConfigError`, `DatabaseError`, `ArchiveError`.
    """
    url = find_database(settings)
    if migrate:
        migrate_database(url, postgis=settings.database.postgis == "auto")
    elif (found := current_revision(url)) != head_revision():
        raise DatabaseError(f"the schema is at {found}, needed is {head_revision()}: terraloom db migrate")
    archive = Archive.open(settings.archive_url)
    # `check` replaces connections that a restart of the server has broken.
    with ConnectionPool(
        url,
        min_size=1,
        max_size=settings.database.pool_size,
        configure=_in_utc,
        check=ConnectionPool.check_connection,
        open=True,
    ) as pool:
        yield Runtime(settings, url, pool, archive)


def find_database(settings: Settings) -> str:
    """
    The url of the database: the given one, once it answers, or that of the embedded server, once it runs.

    Raises `ConfigError` for what is no PostgreSQL url, `DatabaseError` for a server that does not answer, or
    is too old.
    """
    if settings.database_url is None:
        return start_embedded(settings.home)
    if not settings.database_url.startswith(SCHEMES):
        raise ConfigError("database_url", mask(settings.database_url), "postgresql://user@host/database")
    try:
        with psycopg.connect(settings.database_url, connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        reason = mask(str(error).strip())
        raise DatabaseError(f"{mask(settings.database_url)} cannot be reached: {reason}") from error
    if version < OLDEST_SERVER:
        raise DatabaseError(f"PostgreSQL {version // 10_000} is too old: 15 or later is needed")
    return settings.database_url


def _in_utc(connection: psycopg.Connection) -> None:
    connection.execute("SET timezone = 'UTC'")
    connection.commit()
