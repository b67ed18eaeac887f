"""Opening the database and the archive, and what is said where that fails."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from terraloom.config import Settings
from terraloom.db.migrate import head_revision
from terraloom.errors import ArchiveError, ConfigError, DatabaseError
from terraloom.runtime import Runtime, find_database, open_runtime


def test_an_empty_database_gets_its_schema(empty_database_url: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=empty_database_url)
    with open_runtime(settings) as runtime, runtime.pool.connection() as connection:
        assert connection.execute("TABLE alembic_version").fetchall() == [(head_revision(),)]


def test_times_come_back_in_utc(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)


def test_connections_that_the_server_has_dropped_are_replaced(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        pid = connection.info.backend_pid
    with psycopg.connect(runtime.database_url, autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with runtime.pool.connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_another_versions_schema_is_refused_where_it_may_not_be_changed(
    empty_database_url: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=empty_database_url)
    with pytest.raises(DatabaseError, match="terraloom db migrate"), open_runtime(settings, migrate=False):
        pass


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://me:hidden@127.0.0.1:1/db")
    with pytest.raises(DatabaseError, match=r"me:\*\*\*@127.0.0.1:1/db cannot be reached") as caught:
        find_database(settings)
    assert "hidden" not in str(caught.value)


def test_another_kind_of_database_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"database_url: .*expected postgresql://"):
        find_database(Settings(home=tmp_path, database_url="mysql://host/db"))


def test_an_archive_that_cannot_be_made_is_an_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    blocked = settings.model_copy(update={"storage_url": str(tmp_path / "file" / "archive")})
    with pytest.raises((ArchiveError, OSError)), open_runtime(blocked, migrate=False):
        pass
