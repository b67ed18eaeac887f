"""A real server of the API and pages on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from terraloom.config import Settings
from terraloom.runtime import open_runtime
from terraloom.serve import create_app


@contextmanager
def served(
    database_url: str, home: Path, *, app: Mapping[str, Any] | None = None, **settings: Any
) -> Iterator[str]:
    """The base url of a server over this database; `app` goes to `create_app`."""
    with open_runtime(Settings(home=home, database_url=database_url, **settings), migrate=False) as runtime:
        config = uvicorn.Config(
            create_app(runtime, **(app or {})), port=0, log_level="warning", ws="websockets-sansio"
        )
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
