"""Shared fixtures: one embedded PostgreSQL per run, a fresh migrated database per test, an S3 on loopback."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest

from databases import create_database, drop_database
from terraloom.config import Settings
from terraloom.db.cluster import start_embedded, stop_embedded
from terraloom.db.migrate import migrate
from terraloom.runtime import Runtime, open_runtime

SAMPLES = Path(os.environ.get("TERRALOOM_SAMPLES", Path(__file__).parents[2] / "shared" / "samples"))

# What the developer has set for other runs must not reach the tests, nor the processes they start.
KEPT = {"TERRALOOM_SAMPLES", "TERRALOOM_SCREENSHOTS"}
for _name in [name for name in os.environ if name.startswith("TERRALOOM_") and name not in KEPT]:
    del os.environ[_name]


# How long an example takes says something of the machine and of what else runs there, nothing of the code.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def samples() -> Path:
    """Payloads recorded from the real services; tests that need them skip where they are absent."""
    if not SAMPLES.is_dir():
        pytest.skip(f"no recorded payloads in {SAMPLES} (set TERRALOOM_SAMPLES)")
    return SAMPLES


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_the_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A data folder of the run's own, so that no test reads or writes the developer's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERRALOOM_HOME", str(tmp_path_factory.mktemp("default-home")))
        yield


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Path]:
    """
    A folder for embedded servers of the run.

    Not pytest's own: each run that starts closes that of all runs to other users, and, as root, the
    servers of the runs under way belong to another user.
    """
    with tempfile.TemporaryDirectory(prefix="terraloom-test-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def cluster(data_folder: Path) -> Iterator[str]:
    """URL of a database in a PostgreSQL that lives as long as the test run."""
    home = data_folder / "cluster"
    url = start_embedded(home)
    with psycopg.connect(url, autocommit=True) as connection:
        # Only the loss of the whole machine would tell the difference, and every test is faster.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    stop_embedded(home)


@pytest.fixture(scope="session")
def template(cluster: str) -> str:
    """A migrated database to clone: copying it is far cheaper than migrating each."""
    url = create_database(cluster, "terraloom_template")
    migrate(url)
    return url


@pytest.fixture
def empty_database_url(cluster: str) -> Iterator[str]:
    """A fresh database without a schema."""
    yield from _fresh(cluster)


@pytest.fixture
def database_url(cluster: str, template: str) -> Iterator[str]:
    """A fresh, migrated database."""
    yield from _fresh(cluster, template="terraloom_template")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings for a fresh database and an archive of the test's own."""
    return Settings(home=tmp_path, database_url=database_url)


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    """Pool and archive on a fresh database."""
    with open_runtime(settings, migrate=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_url(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh bucket; where it is stands in the environment, as for any S3 tool."""
    import httpx

    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    bucket = f"b{uuid.uuid4().hex}"
    httpx.put(f"{s3_endpoint}/{bucket}").raise_for_status()
    return f"s3://{bucket}/raw"


def _fresh(cluster: str, template: str = "template1") -> Iterator[str]:
    name = f"t{uuid.uuid4().hex}"
    yield create_database(cluster, name, template)
    drop_database(cluster, name)
