"""Fixtures for polling: the toy upstream, and worker processes on one database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from toy import TABLE, Start, Upstream, WorkerProcess, serving, until

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


@pytest.fixture(scope="session")
def nursery() -> Iterator[subprocess.Popen[str]]:
    """The process that forks workers."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.communicate(timeout=20)  # the end of its input ends it


@pytest.fixture
def start_worker(
    nursery: subprocess.Popen[str],
    connection: psycopg.Connection[Any],
    database_url: str,
    upstream: Upstream,
    tmp_path: Path,
) -> Iterator[Start]:
    """Start worker processes that share database and archive; they end with the test."""
    started: list[WorkerProcess] = []

    def start(*, die: str = "", every: str = "1s", catch_up: bool = True) -> WorkerProcess:
        options = {
            "home": str(tmp_path),
            "database_url": database_url,
            "upstream": upstream.url,
            "die": die,
            "every": every,
            "catch_up": catch_up,
        }
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        nursery.stdin.write(json.dumps(options) + "\n")
        nursery.stdin.flush()
        worker = WorkerProcess(int(nursery.stdout.readline()), tmp_path)
        started.append(worker)
        until(worker.works)
        return worker

    yield start
    living = [worker for worker in started if worker.lives()]
    for worker in living:
        worker.end()
    for worker in living:
        until(lambda worker=worker: not worker.lives())
        assert worker.ended(), "a worker did not end cleanly"
