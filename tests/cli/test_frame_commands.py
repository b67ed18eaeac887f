"""`terraloom config`, `db` and `doctor`, as their users call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from terraloom.cli import build
from terraloom.db.migrate import head_revision, migrate


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), list(arguments))


def json_of(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "terraloom.yaml"
    file.write_text("serve: {port: 1234}\n")
    monkeypatch.setenv("TERRALOOM_CONFIG", str(file))
    return file


@pytest.fixture
def database(empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TERRALOOM_HOME", str(tmp_path))
    monkeypatch.setenv("TERRALOOM_DATABASE_URL", empty_database_url)
    return empty_database_url


class TestConfig:
    def test_show_prints_what_is_in_force(self, file: Path) -> None:
        assert json_of("config", "show")["serve"]["port"] == 1234

    def test_path_names_the_file_in_use(self, file: Path) -> None:
        assert run("config", "path").stdout.strip() == str(file)

    def test_check_is_content_with_a_right_file(self, file: Path) -> None:
        assert run("config", "check").exit_code == 0

    def test_check_lists_mistakes_and_fails(self, file: Path) -> None:
        file.write_text("serve: {prt: 1}\n")
        result = run("config", "check", "--json")
        assert result.exit_code == 1
        (error,) = json.loads(result.stdout)["errors"]
        assert error["key"] == "serve.prt"


class TestDatabase:
    def test_status_of_an_empty_one_says_what_to_do(self, database: str) -> None:
        result = run("db", "status")
        assert result.exit_code == 1
        assert "terraloom db migrate" in result.stdout

    def test_migrate_brings_it_to_this_version(self, database: str) -> None:
        assert json_of("db", "migrate")["revision"] == head_revision()
        assert run("db", "status").exit_code == 0

    def test_going_back_asks_first(self, database: str) -> None:
        migrate(database)
        assert run("db", "migrate", "--to", "base").exit_code != 0
        assert json_of("db", "status")["current"]
        assert json_of("db", "migrate", "--to", "base", "--yes")["revision"] is None


class TestDoctor:
    def test_a_sound_installation_passes(self, database: str) -> None:
        migrate(database)
        result = run("doctor")
        assert result.exit_code == 0, result.stdout

    def test_an_old_schema_fails_and_says_what_to_do(self, database: str) -> None:
        migrate(database, "0001")
        (schema,) = [finding for finding in json_of("doctor") if finding["check"] == "schema"]
        assert schema["state"] == "failure"
        assert "terraloom db migrate" in schema["todo"]
        assert run("doctor").exit_code == 1

    def test_a_wrong_file_is_the_first_thing_to_mend(self, file: Path) -> None:
        file.write_text("serve: {prt: 1}\n")
        (finding,) = json_of("doctor")
        assert (finding["check"], finding["state"]) == ("config", "failure")

    def test_a_source_that_is_not_there_is_reported(self, database: str, file: Path) -> None:
        file.write_text("sources: {no-such-source: {every: 5m}}\n")
        assert [
            f["found"] for f in json_of("doctor") if f["state"] == "failure" and f["check"] == "sources"
        ] == ["no source no-such-source"]

    def test_a_credential_without_its_secret_is_reported(self, database: str, file: Path) -> None:
        migrate(database)
        file.write_text("sources: {usgs-earthquakes-hour: {credential: absent}}\n")
        assert any("absent" in f["found"] for f in json_of("doctor") if f["check"] == "credentials")
