"""`terraloom up`: all in one, and a clean end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from test_working import write
from toy import Upstream, until

pytestmark = pytest.mark.slow


@pytest.fixture
def up(upstream: Upstream, database_url: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    upstream.body = json.dumps({"type": "FeatureCollection", "features": []}).encode()
    file = tmp_path / "terraloom.yaml"
    write(file, upstream, database_url, "every: 1s")
    environment = {**os.environ, "TERRALOOM_CONFIG": str(file), "TERRALOOM_SERVE__PORT": "0"}
    command = [sys.executable, "-c", "from terraloom.cli import main; main()", "up"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def url_in(process: subprocess.Popen[str]) -> str:
    """The address that it prints."""
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"http://127.0.0.1:\d+/", line):
            return found[0]
    raise AssertionError("it ended without an address")


def children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return [one for one in psutil.Process(process.pid).children() if "spawn_main" in " ".join(one.cmdline())]


def test_up_serves_polls_starts_its_worker_again_and_ends_cleanly(
    up: subprocess.Popen[str], connection: psycopg.Connection[Any]
) -> None:
    url = url_in(up)
    assert httpx.get(f"{url}v1/health").json()["status"] == "ok"
    [worker] = until(lambda: children(up))
    until(lambda: polls(connection) >= 1, seconds=40)
    worker.kill()
    before = polls(connection)
    until(lambda: polls(connection) > before, seconds=40)
    [successor] = children(up)
    assert successor.pid != worker.pid
    up.send_signal(signal.SIGINT)
    assert up.wait(timeout=40) == 0
    assert not successor.is_running()
    assert connection.execute("SELECT count(*) FROM workers WHERE pid = %s", [successor.pid]).fetchone() == (
        0,
    )


def test_a_worker_ends_when_up_is_killed(
    up: subprocess.Popen[str], connection: psycopg.Connection[Any]
) -> None:
    url_in(up)
    [worker] = until(lambda: children(up))
    until(lambda: polls(connection) >= 1, seconds=40)
    up.kill()
    until(lambda: not worker.is_running(), seconds=40)


def polls(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT coalesce(sum(polls), 0) FROM source_state").fetchone()
    assert row is not None
    return int(row[0])
