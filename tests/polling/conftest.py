"""Fixtures for polling: the toy upstream, and worker processes on one database."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from toy import TABLE, Start, Upstream, serving

SCRIPT = Path(__file__).with_name("worker_process.py")


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serving() as found:
        yield found


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as found:
        found.execute(TABLE)
        yield found


@pytest.fixture
def start_worker(
    connection: psycopg.Connection[Any], database_url: str, upstream: Upstream, tmp_path: Path
) -> Iterator[Start]:
    """Start worker processes that share database and archive; they end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*, die: str = "", every: str = "1s") -> subprocess.Popen[str]:
        options = {
            "home": str(tmp_path),
            "database_url": database_url,
            "upstream": upstream.url,
            "die": die,
            "every": every,
        }
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), json.dumps(options)], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n", "the worker did not start"
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
    for process in started:
        assert process.wait(timeout=20) in (0, -signal.SIGKILL), "a worker did not end cleanly"
