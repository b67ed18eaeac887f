"""Workers killed at any moment, and restarted one over the other: no job is lost, no row comes twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from toys import HOST, WAYS, campaign, until

from terraloom.backfill import queue
from terraloom.backfill.jobs import Campaign, Window
from terraloom.backfill.kinds import kinds
from terraloom.backfill.ledger import ledger
from terraloom.backfill.seeding import seed
from terraloom.polling.loop import Loop
from terraloom.universe import past
from terraloom.universe.clock import Clock
from terraloom.universe.faults import Fault, Faults, Kind
from terraloom.universe.planet import Planet
from terraloom.universe.server import Server

SCRIPT = Path(__file__).with_name("worker_process.py")
NOW = datetime(2026, 11, 18, tzinfo=UTC)
SEED = 3
ENDS_S = 90  # two workers with 16 jobs at work each, on two cores that others use
USGS = "usgs-earthquakes-month"
FAULTY = [
    Fault(k, "*", 0.02, 0.1) for k in (Kind.THROTTLE, Kind.TRUNCATE, Kind.RESET, Kind.UNAVAILABLE, Kind.ERROR)
]

Start = Callable[[], int]


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    """The process that forks workers."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.communicate(timeout=20)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True, options="-c timezone=UTC") as found:
        yield found


@pytest.fixture
def upstream() -> Iterator[str]:
    """The simulated planet, whose agencies fail now and then."""
    with Loop() as loop:
        server = Server(Planet(SEED, NOW, 1), Clock(NOW, speed=0), Faults(1, FAULTY))
        loop.run(server.start())
        yield server.url
        loop.run(server.stop())


@pytest.fixture
def start(
    nursery: subprocess.Popen[str], database_url: str, upstream: str, tmp_path: Path
) -> Iterator[Start]:
    """Start a worker that shares database and archive with the others; all end with the test."""
    started: list[int] = []
    options = json.dumps({"home": str(tmp_path), "database_url": database_url, "upstream": upstream})

    def begin() -> int:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        nursery.stdin.write(options + "\n")
        nursery.stdin.flush()
        pid = int(nursery.stdout.readline())
        started.append(pid)
        until(lambda: (tmp_path / f"started-{pid}").exists() or not lives(pid), seconds=ENDS_S)
        return pid

    yield begin
    for pid in filter(lives, started):
        os.kill(pid, signal.SIGTERM)
    for pid in started:
        until(lambda pid=pid: not lives(pid), seconds=ENDS_S)


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def killing(workers: list[int], start: Start, rng: random.Random, every_s: float) -> Iterator[list[int]]:
    """Kill one of the workers now and then, and start another in its place; gives the killed."""
    stop, killed = threading.Event(), list[int]()

    def kill() -> None:
        while not stop.wait(rng.uniform(0.2, 1.8) * every_s):
            victim = workers.pop(rng.randrange(len(workers)))
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
            killed.append(victim)
            workers.append(start())

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()


def ended(connection: psycopg.Connection[Any], seconds: float) -> dict[str, int]:
    """Wait until nothing is left to do; how many jobs ended in which state."""
    until(lambda: queue.left(connection).nothing, seconds=seconds)
    return dict(connection.execute("SELECT state, count(*) FROM backfill_jobs GROUP BY state").fetchall())


def rows(connection: psycopg.Connection[Any]) -> list[str]:
    """Ids of all reports that were accepted, one for each version of it."""
    found = connection.execute("SELECT source_event_id FROM raw_event_records").fetchall()
    return sorted(row[0] for row in found)


@pytest.mark.slow
def test_killed_workers_lose_and_double_nothing(start: Start, connection: psycopg.Connection[Any]) -> None:
    with connection.transaction():
        seed(connection, campaign(300, answer="whole"), ways=WAYS)
        seed(connection, campaign(20, 1000, answer="split"), ways=WAYS)
        seed(connection, campaign(5, 2000, answer="refuse"), ways=WAYS)
    with killing([start(), start()], start, random.Random(1), every_s=0.7) as killed:
        states = ended(connection, seconds=120)
    assert len(killed) >= 2
    assert states == {"done": 300 + 20 * 3, "failed": 5}
    found = rows(connection)
    assert (len(found), len(set(found))) == (680, 680)
    assert [len(line.missing) for line in ledger(connection, gaps=True)] == [1]  # what was refused


def test_a_rolling_restart_strands_and_doubles_nothing(
    start: Start, connection: psycopg.Connection[Any]
) -> None:
    with connection.transaction():
        seed(connection, campaign(400, answer="whole"), ways=WAYS)
    old = start()
    for _ in range(3):
        time.sleep(0.5)
        new = start()  # both work for a while
        os.kill(old, signal.SIGTERM)
        until(lambda old=old: not lives(old), seconds=ENDS_S)
        old = new
    assert ended(connection, seconds=60) == {"done": 400}
    attempts = "SELECT count(*), count(DISTINCT job), count(DISTINCT worker) > 1 FROM backfill_attempts"
    assert connection.execute(attempts).fetchone() == (400, 400, True)
    assert len(rows(connection)) == len(set(rows(connection))) == 800
    pending = "SELECT count(*) FROM dbos.workflow_status WHERE status IN ('PENDING', 'ENQUEUED')"
    until(lambda: connection.execute(pending).fetchone() == (0,))


@pytest.mark.slow
def test_five_thousand_jobs_over_four_workers_through_faults_and_kills(
    start: Start, connection: psycopg.Connection[Any]
) -> None:
    begin, jobs = datetime(2004, 1, 1, tzinfo=UTC), 5000
    whole = Window(begin, begin + timedelta(hours=6 * jobs))
    wanted = Campaign(kind="fdsn-event", source=USGS, window=whole, step_s=6 * 3600.0)
    with connection.transaction():
        assert seed(connection, wanted, ways=kinds()).new == jobs
        seed(connection, campaign(20, answer="refuse"), ways=WAYS)
    workers = [start() for _ in range(4)]
    with killing(workers, start, random.Random(2), every_s=4.0) as killed:
        states = ended(connection, seconds=1800)
    assert len(killed) >= 5
    assert states == {"done": jobs, "failed": 20}
    reasons = "SELECT DISTINCT says FROM backfill_jobs WHERE state = 'failed'"
    assert connection.execute(reasons).fetchall() == [(f"https://{HOST}/: no (HTTP 404)",)]
    truth = sorted(
        v.id for _, v in past.archived(SEED, "usgs", whole.start, whole.end) if v.onset < whole.end
    )
    assert rows(connection) == truth
