"""Migrations: up and down over every revision, by many at once, and never on an unknown schema."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import psycopg
import pytest

from terraloom.db.migrate import current_revision, head_revision, migrate, revisions
from terraloom.errors import DatabaseError

CATALOGUE = """
SELECT table_name, column_name, data_type, is_nullable, column_default, is_generated
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
UNION ALL
SELECT tablename, indexname, indexdef, '', '', '' FROM pg_indexes
WHERE schemaname = 'public' AND tablename <> 'alembic_version'
UNION ALL
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', ''
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass
ORDER BY 1, 2, 3
"""


def catalogue(url: str) -> list[tuple[object, ...]]:
    """Columns, indexes and constraints of all tables."""
    with psycopg.connect(url) as connection:
        return connection.execute(CATALOGUE).fetchall()


def leavings(url: str) -> list[tuple[object, ...]]:
    """Tables, types and functions of ours that are there, other than Alembic's own table."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relname NOT LIKE 'alembic_version%' UNION ALL"
            " SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace UNION ALL"
            " SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"
            " AND typname NOT LIKE '%alembic_version'"
        ).fetchall()


def test_each_revision_can_be_left_and_entered_again(empty_database_url: str) -> None:
    url, steps = empty_database_url, ["base", *revisions()]
    for below, revision in pairwise(steps):
        migrate(url, revision)
        above = catalogue(url)
        migrate(url, below)
        assert current_revision(url) == (None if below == "base" else below)
        migrate(url, revision)
        assert catalogue(url) == above


def test_nothing_is_left_at_the_base(empty_database_url: str) -> None:
    migrate(empty_database_url)
    assert leavings(empty_database_url)
    migrate(empty_database_url, "base")
    assert leavings(empty_database_url) == []


def test_step_by_step_gives_the_same_schema_as_at_once(empty_database_url: str, database_url: str) -> None:
    for revision in revisions():
        migrate(empty_database_url, revision)
    assert catalogue(empty_database_url) == catalogue(database_url)


def test_many_may_migrate_at_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [empty_database_url] * 4))
    assert current_revision(empty_database_url) == head_revision()


def test_migrating_again_changes_nothing(database_url: str) -> None:
    before = catalogue(database_url)
    migrate(database_url)
    assert catalogue(database_url) == before


def test_a_newer_database_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match="9999, newer than this version"):
        migrate(database_url)


def test_an_unknown_revision_is_named_with_the_known_ones(database_url: str) -> None:
    with pytest.raises(DatabaseError, match="no revision 'nonsense'; known: base, 0001"):
        migrate(database_url, "nonsense")
