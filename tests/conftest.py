"""Shared fixtures: one embedded PostgreSQL per run, a fresh migrated database per test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from terraloom.db.cluster import start_embedded
from terraloom.db.migrate import migrate

SAMPLES = Path(os.environ.get("TERRALOOM_SAMPLES", Path(__file__).parents[2] / "shared" / "samples"))


@pytest.fixture(scope="session")
def samples() -> Path:
    """Payloads recorded from the real services; tests that need them skip where they are absent."""
    if not SAMPLES.is_dir():
        pytest.skip(f"no recorded payloads in {SAMPLES} (set TERRALOOM_SAMPLES)")
    return SAMPLES


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a database in a PostgreSQL that lives as long as the test run."""
    return start_embedded(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def template(cluster: str) -> str:
    """A migrated database to clone: copying it is far cheaper than migrating each."""
    return _create(cluster, "terraloom_template", migrated=True)


@pytest.fixture
def database_url(cluster: str, template: str) -> Iterator[str]:
    """A fresh, migrated database."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE terraloom_template")
    yield make_url(cluster, name)
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make_url(cluster: str, name: str) -> str:
    host = psycopg.conninfo.conninfo_to_dict(cluster)["host"]
    return f"postgresql://postgres:@/{name}?host={host}"


def _create(cluster: str, name: str, *, migrated: bool) -> str:
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = make_url(cluster, name)
    if migrated:
        migrate(url)
    return url


