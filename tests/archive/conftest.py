"""An archive in a folder, one in a real S3 server on loopback, and a connection to a fresh database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from terraloom.archive import Archive
from terraloom.records import Payload

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open(tmp_path / "archive", fsync=False)


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


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url) as connection:
        yield connection


def make_payload(n: int = 0, *, source: str = "usgs-earthquakes", body: bytes | None = None) -> Payload:
    return Payload(
        source=source,
        url=f"https://feed.example/{n}",
        fetched_at=NOON + timedelta(seconds=n),
        body=b"body %d" % n if body is None else body,
        content_type="application/json",
        etag=f'"{n}"',
        last_modified="Sun, 01 Mar 2026 12:00:00 GMT",
    )


@pytest.fixture
def payload():
    """Makes payloads, one per number."""
    return make_payload
