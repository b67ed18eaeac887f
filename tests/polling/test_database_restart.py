"""The database restarts under load: nothing committed is lost, and the workers come back by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from toy import Start, Upstream, until

from terraloom.db.cluster import embedded_server, start_embedded, stop_embedded
from terraloom.db.migrate import migrate

pytestmark = pytest.mark.slow


@pytest.fixture
def server_home(tmp_path: Path) -> Path:
    return tmp_path / "server"


@pytest.fixture
def database_url(server_home: Path) -> Iterator[str]:
    """A server of its own, which nobody else uses."""
    url = start_embedded(server_home)
    migrate(url)
    yield url
    stop_embedded(server_home)


def records(database_url: str) -> set[str]:
    with psycopg.connect(database_url) as connection:
        return {row[0] for row in connection.execute("SELECT record FROM toy").fetchall()}


def test_a_restarted_database_loses_nothing_committed(
    start_worker: Start, upstream: Upstream, database_url: str, server_home: Path
) -> None:
    workers = [start_worker(), start_worker()]
    server = embedded_server(server_home)
    for n in range(3):
        upstream.records.append(f"before restart {n}")
        until(lambda: records(database_url) >= set(upstream.records))
        committed = records(database_url)
        server.stop()
        upstream.records.append(f"while down {n}")
        server.start()
        assert records(database_url) >= committed
        until(lambda: records(database_url) == set(upstream.records), seconds=30)
    assert all(worker.lives() for worker in workers)
    with psycopg.connect(database_url) as connection:
        stuck = connection.execute(
            "SELECT count(*) FROM dbos.workflow_status WHERE status IN ('ENQUEUED', 'PENDING') "
            "AND created_at < (extract(epoch FROM clock_timestamp()) - 20) * 1000"
        ).fetchone()
    assert stuck == (0,)
