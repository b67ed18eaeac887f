"""A served record: a filled database of its own, and a real server on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
from filled import KEY, fill

from terraloom.config import Settings
from terraloom.keys import digest
from terraloom.runtime import open_runtime
from terraloom.serve import create_app


@contextmanager
def served(database_url: str, home: Path, **settings: Any) -> Iterator[str]:
    """The base url of a server over this database."""
    with open_runtime(Settings(home=home, database_url=database_url, **settings), migrate=False) as runtime:
        config = uvicorn.Config(create_app(runtime), port=0, log_level="warning", ws="websockets-sansio")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(10)


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
