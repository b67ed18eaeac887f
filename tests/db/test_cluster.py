"""The embedded server: started once, shared, and never left in a state that cannot be joined."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from terraloom.db.cluster import embedded_server, start_embedded, stop_embedded
from terraloom.db.server import SOCKET_PATH_LIMIT
from terraloom.db.tuning import configuration
from terraloom.errors import DatabaseError

USER = """
import sys, time
from pathlib import Path
from terraloom.db.cluster import start_embedded
print(start_embedded(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def fresh(data_folder: Path) -> Iterator[Path]:
    """A data folder of the test's own."""
    home = data_folder / uuid.uuid4().hex
    home.mkdir()
    yield home
    stop_embedded(home)


Start = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def home(data_folder: Path) -> Iterator[Path]:
    home = data_folder / "shared home"  # with a blank, on purpose
    home.mkdir()
    yield home
    embedded_server(home).stop()


@pytest.fixture
def start() -> Iterator[Start]:
    """Start another process that uses the server; it ends when its input is closed."""
    started: list[subprocess.Popen[str]] = []

    def run(home: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", USER, str(home)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def finish(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=60)  # closes its input


def answers(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_processes_that_start_together_share_one_server(home: Path, start: Start) -> None:
    processes = [start(home) for _ in range(3)]
    urls = {url_of(process) for process in processes}
    assert len(urls) == 1
    assert answers(urls.pop())


def test_it_stops_when_the_last_process_ends(home: Path, start: Start) -> None:
    first, second = start(home), start(home)
    url = url_of(first)
    url_of(second)
    finish(first)
    assert answers(url)
    finish(second)
    assert not embedded_server(home).answers()


def test_a_killed_process_leaves_a_server_that_the_next_joins_and_stops(home: Path, start: Start) -> None:
    killed = start(home)
    url = url_of(killed)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert answers(url)
    joined = start(home)
    assert url_of(joined) == url
    finish(joined)
    assert not embedded_server(home).answers()


def test_a_killed_server_is_started_again_with_what_was_committed(home: Path) -> None:
    url = start_embedded(home)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    pid = embedded_server(home).pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with psycopg.connect(start_embedded(home)) as connection:
        assert connection.execute("TABLE kept").fetchall() == [(1,)]
    assert stop_embedded(home)


def test_a_pid_file_that_names_another_program_is_seen_through(home: Path) -> None:
    start_embedded(home)
    stop_embedded(home)
    server = embedded_server(home)
    server.pid_file.write_text(f"{os.getpid()}\n{server.data}\n0\n5432\n{server.data}\n\n0 0\nready\n")
    assert answers(start_embedded(home))
    assert stop_embedded(home)


def test_an_interrupted_initialisation_is_begun_again(fresh: Path) -> None:
    half_made = fresh / "postgres.new"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18")
    assert answers(start_embedded(fresh))
    assert stop_embedded(fresh)


def test_a_path_too_long_for_a_socket_gets_a_private_one_elsewhere(fresh: Path) -> None:
    home = fresh / ("deep" * 30)
    url = start_embedded(home)
    assert len(str(home)) > SOCKET_PATH_LIMIT
    assert answers(url)
    folder = Path(url.split("host=")[1])
    assert folder.stat().st_mode & 0o077 == 0
    assert stop_embedded(home)
    folder.rmdir()


def test_only_the_owner_may_enter_the_data_folder(home: Path) -> None:
    start_embedded(home)
    assert (home / "postgres").stat().st_mode & 0o077 == 0
    stop_embedded(home)


def test_commits_are_durable_and_times_are_utc(cluster: str) -> None:
    with psycopg.connect(cluster) as connection:
        shown = [connection.execute(f"SHOW {name}").fetchone() for name in ("synchronous_commit", "timezone")]
    assert shown == [("on",), ("UTC",)]


def test_text_is_ordered_alike_on_every_machine(cluster: str) -> None:
    with psycopg.connect(cluster) as connection:
        found = connection.execute("SELECT x FROM (VALUES ('b'), ('a'), ('B'), ('ä')) v (x) ORDER BY x")
        assert [row[0] for row in found] == ["B", "a", "b", "ä"]


def test_a_broken_configuration_is_reported_with_what_the_server_says(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terraloom.db.cluster.PATIENCE_S", 0.0)
    start_embedded(fresh)
    stop_embedded(fresh)
    with (fresh / "postgres" / "postgresql.conf").open("a") as file:
        file.write("\nshared_buffers = nonsense\n")
    with pytest.raises(DatabaseError, match="shared_buffers"):
        start_embedded(fresh)


@pytest.mark.parametrize(("memory_gb", "shared"), [(1, "128MB"), (8, "512MB"), (64, "1024MB")])
def test_memory_is_taken_in_proportion(memory_gb: int, shared: str) -> None:
    assert f"shared_buffers = {shared}\n" in configuration(memory_gb << 30)


def test_little_shared_memory_is_left_alone(tmp_path: Path) -> None:
    assert "dynamic_shared_memory_type = mmap" in configuration(1 << 30, tmp_path / "absent")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_as_root_the_server_belongs_to_somebody_else(home: Path) -> None:
    start_embedded(home)
    process = embedded_server(home).process()
    assert process is not None
    assert process.uids().effective != 0
    stop_embedded(home)
