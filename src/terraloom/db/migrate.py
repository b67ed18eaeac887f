"""Bring a database to the schema of this version, or back."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def sqlalchemy_url(url: str) -> str:
    """The same database for SQLAlchemy, by psycopg 3."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade (or, for an older `revision` or "base", downgrade) the database at `url`."""
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        # One migrator at a time, however many processes start together.
        connection.execute(sa.text("SELECT pg_advisory_lock(hashtext('terraloom.migrate'))"))
        connection.commit()
        config = _config()
        config.attributes["connection"] = connection
        current = current_revision_of(connection)
        connection.commit()  # Alembic opens, and so commits, its own transaction
        if revision != "head" and _is_older(config, current, revision):
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)


def head_revision() -> str:
    """The revision that this version of Terraloom needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "the package ships its migrations"
    return head


def current_revision(url: str) -> str | None:
    """The revision the database is at; None when it is empty."""
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return current_revision_of(connection)


def current_revision_of(connection: sa.Connection) -> str | None:
    revision: str | None = MigrationContext.configure(connection).get_current_revision()
    return revision


def _is_older(config: Config, current: str | None, wanted: str) -> bool:
    if current is None:
        return False
    if wanted == "base":
        return True
    newer = {r.revision for r in ScriptDirectory.from_config(config).iterate_revisions(current, wanted)}
    return bool(newer)
