"""An archive in a folder, and a connection to a fresh database."""

from __future__ import annotations

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
