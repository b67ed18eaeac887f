"""Bring a database to the schema of this version, or back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from terraloom.db.postgis import add_geometry, remove_geometry
from terraloom.errors import DatabaseError

HEAD = "head"
BASE = "base"


def migrate(url: str, revision: str = HEAD, *, postgis: bool = True) -> None:
    """
    Upgrade (or, for an older `revision` or "base", downgrade) the database at `url`.

    At the head, geometry columns are added where PostGIS is there (`postgis=False` leaves them out); any
    downgrade drops them first. One migrator works at a time, however many processes start together. Raises
    `DatabaseError` for an unknown revision, and where the database is newer than this version.
    """
    config = _config()
    with _locked(url) as connection, psycopg.connect(url) as plain:
        config.attributes["connection"] = connection
        back = _is_older(config, current_revision_of(connection), revision)
        connection.commit()  # Alembic opens, and so commits, its own transaction
        if back:
            remove_geometry(plain, extension=revision == BASE)
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
        if postgis and not back and current_revision_of(connection) == head_revision():
            add_geometry(plain)


def head_revision() -> str:
    """The revision that this version of Terraloom needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "the package ships its migrations"
    return head


def revisions() -> list[str]:
    """All revisions, oldest first."""
    return [r.revision for r in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def current_revision(url: str) -> str | None:
    """The revision the database is at; None when it is empty."""
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return current_revision_of(connection)


def current_revision_of(connection: sa.Connection) -> str | None:
    revision: str | None = MigrationContext.configure(connection).get_current_revision()
    return revision


def sqlalchemy_url(url: str) -> str:
    """The same database for SQLAlchemy, by psycopg 3."""
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


@contextmanager
def _locked(url: str) -> Iterator[sa.Connection]:
    """A connection that holds the migrators' lock until it is closed."""
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(hashtext('terraloom.migrate'))"))
        connection.commit()
        yield connection


def _is_older(config: Config, current: str | None, wanted: str) -> bool:
    """Whether `wanted` lies before `current`. Raises `DatabaseError` where either is unknown here."""
    script = ScriptDirectory.from_config(config)
    known = revisions()
    if current is not None and current not in known:
        raise DatabaseError(
            f"the database is at revision {current}, newer than this version: upgrade terraloom"
        )
    try:
        target = script.get_revision(wanted) if wanted != BASE else None
    except CommandError as error:
        raise DatabaseError(f"no revision {wanted!r}; known: {BASE}, {', '.join(known)}, {HEAD}") from error
    place = known.index(target.revision) if target else -1
    return current is not None and place < known.index(current)
