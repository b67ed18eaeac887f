"""`terraloom archive` and `terraloom auth`, as a person or a script meets them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from terraloom.archive import Archive, keep
from terraloom.cli import build
from terraloom.errors import ArchiveError, ConfigError
from terraloom.records import Payload

SECRET = "s3cr3t-0f-th3-h0us3"


@pytest.fixture
def terraloom(database_url, tmp_path, monkeypatch):
    """Runs one command in a fresh data folder; gives exit status and output, or raises our error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERRALOOM_HOME", str(tmp_path))
    monkeypatch.setenv("TERRALOOM_DATABASE_URL", database_url)

    def run(*args: str) -> tuple[int, str]:
        result = CliRunner().invoke(build(), list(args))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout

    return run


@pytest.fixture
def payload(database_url, tmp_path: Path) -> Payload:
    moment = datetime(2020, 3, 1, 12, tzinfo=UTC)
    made = Payload(
        source="example-quakes", url="https://quakes.example/", fetched_at=moment, body=b"<b>body</b>"
    )
    with psycopg.connect(database_url) as connection:
        keep(connection, Archive.open(tmp_path / "archive"), [made], licences={})
        connection.execute("UPDATE payloads SET applied_seq = 1")
    return made


def test_payloads_are_listed_and_shown_with_stable_fields(terraloom, payload, tmp_path):
    status, output = terraloom("archive", "list", "--source", "example-quakes", "--json")
    (row,) = json.loads(output)
    assert status == 0
    assert (row["id"], row["bytes"], row["pinned"], row["expired_at"]) == (str(payload.id), 11, False, None)
    assert json.loads(terraloom("archive", "show", str(payload.id), "--json")[1]) == row
    terraloom("archive", "show", str(payload.id), "--body", str(tmp_path / "body"))
    assert (tmp_path / "body").read_bytes() == payload.body
    assert json.loads(terraloom("archive", "list", "--source", "other", "--json")[1]) == []


def test_verify_says_whether_all_is_there(terraloom, payload, tmp_path):
    status, output = terraloom("archive", "verify", "--json")
    assert (status, json.loads(output)["verification"]["bodies"]) == (0, 1)
    Archive.open(tmp_path / "archive").delete(payload.sha256)
    status, output = terraloom("archive", "verify", "--json")
    assert status == 1
    assert json.loads(output)["verification"]["problems"][0]["fault"] == "missing"


def test_expire_first_says_what_it_would_do_and_spares_what_is_pinned(terraloom, payload):
    assert json.loads(terraloom("archive", "expire", "--older-than", "30d", "--json")[1]) == {
        "would_expire": 1
    }
    terraloom("archive", "pin", str(payload.id))
    assert json.loads(terraloom("archive", "expire", "--older-than", "30d", "--json")[1]) == {
        "would_expire": 0
    }
    terraloom("archive", "unpin", str(payload.id))
    done = json.loads(terraloom("archive", "expire", "--older-than", "30d", "--yes", "--json")[1])
    assert done == {"payloads": 1, "bodies": 1, "bytes": 11}
    with pytest.raises(ArchiveError, match="dropped by retention"):
        terraloom("archive", "show", str(payload.id), "--body", "-")


@pytest.mark.parametrize("wrong", [("show", "17"), ("pin", "x"), ("expire", "--older-than", "old")])
def test_wrong_use_names_the_argument(terraloom, wrong):
    with pytest.raises(ConfigError, match="expected"):
        terraloom("archive", *wrong)


def test_a_credential_is_a_place_never_a_secret(terraloom, monkeypatch, database_url):
    monkeypatch.setenv("EXAMPLE_KEY", SECRET)
    terraloom("auth", "set", "example", "env:EXAMPLE_KEY", "--scheme", "header:X-API-Key", "--note", "theirs")
    terraloom("auth", "set", "absent", "env:NOT_THERE")
    terraloom("auth", "set", "absent", "file:/no/such/file", "--scheme", "basic")
    listed = terraloom("auth", "list", "--json")[1]
    status, checked = terraloom("auth", "check", "--json")
    assert [row["name"] for row in json.loads(listed)] == ["absent", "example"]
    assert json.loads(listed)[0]["location"] == "file:/no/such/file"
    assert status == 1
    assert [row["ok"] for row in json.loads(checked)] == [False, True]
    assert SECRET not in listed + checked
    terraloom("auth", "remove", "absent")
    assert terraloom("auth", "check")[0] == 0


def test_a_secret_given_in_place_of_its_location_is_refused_unseen(terraloom):
    with pytest.raises(ConfigError) as caught:
        terraloom("auth", "set", "example", SECRET)
    assert SECRET not in str(caught.value)
    with pytest.raises(ConfigError, match="auth list"):
        terraloom("auth", "remove", "example")


def test_an_api_key_is_shown_once_and_kept_as_a_hash(terraloom, database_url):
    key = json.loads(terraloom("auth", "key", "create", "ada", "--json")[1])["key"]
    with psycopg.connect(database_url) as connection:
        (stored,) = connection.execute("SELECT sha256 FROM api_keys WHERE name = 'ada'").fetchone()
    assert stored == hashlib.sha256(key.encode()).hexdigest()
    assert key not in terraloom("auth", "key", "list", "--json")[1]
    with pytest.raises(ConfigError, match="no key has had"):
        terraloom("auth", "key", "create", "ada")
    terraloom("auth", "key", "revoke", "ada")
    terraloom("auth", "key", "revoke", "ada")
    assert json.loads(terraloom("auth", "key", "list", "--json")[1])[0]["revoked_at"] is not None
    with pytest.raises(ConfigError, match="auth key list"):
        terraloom("auth", "key", "revoke", "grace")
