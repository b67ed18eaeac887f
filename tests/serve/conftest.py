"""A served record: a filled database of its own, and a real server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest
from filled import KEY, fill

from serving import served
from terraloom.keys import digest


@pytest.fixture
def filled_url(database_url: str) -> str:
    """A database that holds the hand-made record and one API key."""
    with psycopg.connect(database_url) as connection:
        fill(connection)
        connection.execute(
            "INSERT INTO api_keys (name, sha256, created_at) VALUES ('tests', %s, now())", [digest(KEY)]
        )
    return database_url


@pytest.fixture
def serve(filled_url: str, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Serve the filled record under given settings."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(served(filled_url, tmp_path, **settings))


@pytest.fixture
def base(serve: Callable[..., str]) -> str:
    """The filled record, served with the default settings."""
    return serve()


@pytest.fixture
def api(base: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base) as client:
        yield client
