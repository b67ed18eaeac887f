"""What is installed, reachable, missing, and what to do about it: one small check per subject."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import psycopg
from msgspec import Struct
from packaging.requirements import Requirement

from terraloom.archive import Archive
from terraloom.config import Settings
from terraloom.config_report import mask, unknown_environment
from terraloom.db.status import Status, database_status
from terraloom.errors import ConfigError, TerraloomError
from terraloom.fetching.credentials import find_credential
from terraloom.polling.alarms import alarms
from terraloom.runtime import find_database
from terraloom.sources import registry

State = Literal["ok", "warning", "failure"]

GIB = 1 << 30
LITTLE_SPACE = 2 * GIB
NO_SPACE = GIB // 5
CLOCK_WARNING_S = 2.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at. `todo` says what to do where `state` is not ok."""

    check: str
    state: State
    found: str
    todo: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything; the database is started where it is the embedded one."""
    yield python()
    yield from packages()
    yield from sources(settings)
    yield from environment()
    yield disk(settings.home)
    yield storage(settings.archive_url)
    yield from database(settings)
    yield from development()


def python() -> Finding:
    return Finding(check="python", state="ok", found=f"{platform.python_version()} ({sys.executable})")


def packages() -> Iterator[Finding]:
    """Required packages at the versions they must have, and which extras are complete."""
    needed = [Requirement(text) for text in requires("terraloom") or []]
    plain = [r for r in needed if r.marker is None or r.marker.evaluate({"extra": ""})]
    wrong = [problem for r in plain if (problem := _lacking(r))]
    todo = "pip install --upgrade terraloom" if wrong else ""
    yield Finding(
        check="packages",
        state="failure" if wrong else "ok",
        found="; ".join(wrong) or f"all {len(plain)} there",
        todo=todo,
    )
    lacking = [p for r in needed if r not in plain and _is_for(r, "population") and (p := _lacking(r))]
    yield Finding(check="extra population", state="ok", found="; ".join(lacking) or "installed")


def _is_for(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is not None and requirement.marker.evaluate({"extra": extra})


def _lacking(requirement: Requirement) -> str:
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is not installed"
    fits = requirement.specifier.contains(found, prereleases=True)
    return "" if fits else f"{requirement.name} {found} does not fit {requirement.specifier}"


def sources(settings: Settings) -> Iterator[Finding]:
    """Whether the sources can be loaded, and the settings name only those that exist."""
    known = registry()
    strange = sorted(set(settings.sources) - set(known))
    yield Finding(
        check="sources",
        state="failure" if strange else "ok",
        found=f"no source {', '.join(strange)}" if strange else f"{len(known)} known",
        todo="terraloom sources list shows the ids" if strange else "",
    )


def environment() -> Iterator[Finding]:
    """Variables that look like settings and are none."""
    for error in unknown_environment():
        yield Finding(
            check="environment", state="warning", found=error.key, todo=f"expected {error.expected}"
        )


def disk(home: Path) -> Finding:
    """Room in the data folder."""
    folder = next(path for path in (home, *home.parents) if path.is_dir())
    free = shutil.disk_usage(folder).free
    state: State = "failure" if free < NO_SPACE else "warning" if free < LITTLE_SPACE else "ok"
    todo = "" if state == "ok" else "make room, or set TERRALOOM_HOME to a larger disk"
    return Finding(check="disk", state=state, found=f"{free / GIB:.1f} GiB free for {home}", todo=todo)


def storage(url: str) -> Finding:
    """Whether the archive takes bytes and gives the same back."""
    body = b"terraloom doctor"  # content-addressed: the same object at every call
    try:
        archive = Archive.open(url)
        same = archive.get(archive.put(body)) == body
    except (TerraloomError, OSError) as error:
        todo = "check storage_url, its permissions and credentials"
        told = str(error) if url in str(error) else f"{url}: {error}"
        return Finding(check="storage", state="failure", found=mask(told), todo=todo)
    state: State = "ok" if same else "failure"
    return Finding(
        check="storage", state=state, found=f"{mask(url)} {'is writable' if same else 'alters bytes'}"
    )


def database(settings: Settings) -> Iterator[Finding]:
    """Server, schema, extensions, clock and credentials."""
    try:
        url = find_database(settings)
        status = database_status(url, embedded=settings.database_url is None)
        with psycopg.connect(url) as connection:
            offset = _clock_offset_s(connection)
            unknown = _unknown_credentials(settings, connection) if status.current else []
            lasting = _lasting(connection) if status.current else []
    except (TerraloomError, psycopg.Error) as error:
        todo = "check TERRALOOM_DATABASE_URL and that the server runs"
        yield Finding(check="database", state="failure", found=mask(str(error)), todo=todo)
        return
    yield from _describe(status)
    yield _clock(offset)
    yield from unknown
    yield from lasting


def _describe(status: Status) -> Iterator[Finding]:
    place = "embedded" if status.embedded else "given"
    yield Finding(check="database", state="ok", found=f"PostgreSQL {status.server_version} ({place})")
    state: State = "ok" if status.current else "failure" if status.revision else "warning"
    yield Finding(
        check="schema",
        state=state,
        found=f"{status.revision or 'none yet'}, needed {status.head}",
        todo="" if status.current else "terraloom db migrate (starting terraloom does it too)",
    )
    for extension in status.extensions:
        found = f"{extension.state} {extension.installed or extension.available}".strip()
        yield Finding(check=f"extension {extension.name}", state="ok", found=found)


def _clock_offset_s(connection: psycopg.Connection) -> float:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    return float((row[0] - datetime.now(UTC)).total_seconds())


def _clock(offset_s: float) -> Finding:
    """This machine's clock beside the database's: staleness and lag compare the two."""
    far = abs(offset_s) > CLOCK_WARNING_S
    todo = "run a time service (chrony, systemd-timesyncd) on both machines" if far else ""
    found = f"{abs(offset_s):.1f} s from the database's"
    return Finding(check="clock", state="warning" if far else "ok", found=found, todo=todo)


def _lasting(connection: psycopg.Connection) -> list[Finding]:
    """What has been in one state for too long: of polls, payloads, backfill jobs and workers."""
    todo = "is `terraloom worker` running? terraloom status and terraloom backfill status say more"
    found = [Finding(check="work", state="warning", found=a.says, todo=todo) for a in alarms(connection)]
    return found or [Finding(check="work", state="ok", found="nothing lasts too long")]


def _unknown_credentials(settings: Settings, connection: psycopg.Connection) -> list[Finding]:
    """Credentials that sources name, and that cannot be found."""
    names = {s.info.id: s.info.credential for s in registry().values() if s.info.credential}
    names |= {name: override.credential for name, override in settings.sources.items() if override.credential}
    lacking = {source: _problem(connection, name) for source, name in sorted(names.items())}
    return [
        Finding(check="credentials", state="warning", found=f"{source}: {problem}", todo="terraloom auth set")
        for source, problem in lacking.items()
        if problem
    ]


def _problem(connection: psycopg.Connection, name: str) -> str:
    try:
        find_credential(connection, name)
    except ConfigError as error:
        return str(error)
    return ""


def development() -> Iterator[Finding]:
    """What only tests and the building of the pages need."""
    for check, programs in (("node", ("node",)), ("chromium", BROWSERS)):
        found = next((path for name in programs if (path := shutil.which(name))), "")
        yield Finding(check=check, state="ok", found=found or "absent (only development needs it)")
