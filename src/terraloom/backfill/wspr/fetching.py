"""
Bringing months in: whole where the server manages that, else by days, and days by hours where they must be.

A month goes through these states in a folder of its own. Each survives a kill, and the next run goes on:

1. `NAME.part`: an answer under way; begun anew.
2. `NAME.parquet`: a right answer for the month, a day or an hour. `NAME.split`: it is asked for in pieces.
3. `merged.parquet`: the month, made of them and checked.
4. On the shelf with its entry, and the folder gone.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import structlog
from msgspec import Struct

from terraloom.backfill.jobs import Window
from terraloom.backfill.wspr.asking import expected, name_of, smaller
from terraloom.backfill.wspr.checking import Facts, Miscounted, check, check_columns
from terraloom.backfill.wspr.merging import merge
from terraloom.backfill.wspr.server import Server, TooMuch
from terraloom.backfill.wspr.shelf import Entry, Pieces, Shelf, sha256_of
from terraloom.config import Wspr
from terraloom.errors import ArchiveError, ConfigError, FetchError, PayloadError, TerraloomError

BYTES_PER_ROW = 60  # of an answer, at most; seen are 20 to 40
TRIES = 3  # for an hour whose answers come whole, and wrong
IN_A_ROW = 3  # months that fail, and no more are asked for

log = structlog.get_logger("terraloom.wspr")


class Outcome(Struct, frozen=True):
    """How a month ended; "held" was there before. `reason` is for what failed."""

    month: str
    outcome: Literal["held", "fetched", "failed"]
    rows: int = 0
    bytes: int = 0
    asked_by: Pieces | None = None
    reason: str = ""


class Doors(Struct, frozen=True, kw_only=True):
    """What fetching works with: the server, the shelf, a folder of this machine, rest and clock."""

    server: Server
    shelf: Shelf
    work: Path
    settings: Wspr
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    tell: Callable[[str], None] = lambda _: None  # what is going on, for a person who waits
    simulated: bool = False


async def fetch_months(
    months: Sequence[Window], doors: Doors, *, again: bool = False
) -> AsyncIterator[Outcome]:
    """
    Bring months in, one after the other, with a rest between two. A month that fails costs no other; when
    some fail in a row the rest is left, for the server is not well.

    `again` fetches what is held, too. Raises `ConfigError` where another process does the same in this
    folder.
    """
    with _alone(doors.work):
        sizes, failures, asked = doors.shelf.sizes(), 0, False
        for month in months:
            name = name_of(month)
            if not again and doors.shelf.holds(name, sizes):
                shutil.rmtree(doors.work / name, ignore_errors=True)  # of a run that ended just before this
                yield Outcome(name, "held")
                continue
            if asked:
                doors.tell(f"{name}: resting {doors.settings.pause_months_s:g} s")
                await doors.sleep(doors.settings.pause_months_s)
            outcome, asked = await _outcome(month, doors), True
            yield outcome
            failures = failures + 1 if outcome.outcome == "failed" else 0
            if failures == IN_A_ROW:
                return


async def _outcome(month: Window, doors: Doors) -> Outcome:
    name = name_of(month)
    try:
        entry = await _Month(month, doors).fetch()
    except (TerraloomError, OSError) as error:  # a disk that is full in spite of the guard
        log.warning("wspr.month_failed", month=name, reason=str(error))
        return Outcome(name, "failed", reason=str(error))
    log.info("wspr.month_fetched", month=name, rows=entry.rows, bytes=entry.bytes, by=entry.asked_by)
    return Outcome(name, "fetched", entry.rows, entry.bytes, entry.asked_by)


class _Month:
    """One month on its way."""

    def __init__(self, month: Window, doors: Doors) -> None:
        self._month, self._doors = month, doors
        self._folder = doors.work / name_of(month)
        self._counts: Mapping[datetime, int] = {}
        self._asked = False

    async def fetch(self) -> Entry:
        """Go on from whatever is there. Raises `FetchError`, `PayloadError`, `ArchiveError`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._counts = await self._doors.server.counts(self._month)
        merged = self._folder / "merged.parquet"
        facts = await self._left_over(merged)
        if facts is None:
            facts = await self._made(merged)
        self._drop_parts()
        self._need(merged.stat().st_size)
        self._doors.tell(f"{name_of(self._month)}: to the shelf")
        entry = await asyncio.to_thread(self._entry, merged, facts)
        await asyncio.to_thread(self._doors.shelf.put, entry, merged)
        shutil.rmtree(self._folder)
        return entry

    async def _made(self, merged: Path) -> Facts:
        parts = await self._parts(self._month)
        try:
            await self._merge(parts, merged)
            return await asyncio.to_thread(check, merged, self._month, self._expected(self._month))
        except Miscounted:  # the server has others since: the next run asks again for their days alone
            raise
        except PayloadError:  # what was right has changed on the disk: the next run asks again
            self._drop_parts()
            raise

    async def _left_over(self, merged: Path) -> Facts | None:
        """What an earlier run had merged; nothing where that is not, or no longer, all of the month."""
        try:
            return await asyncio.to_thread(check, merged, self._month, self._expected(self._month))
        except FileNotFoundError:
            return None
        except PayloadError as error:
            log.info("wspr.merged_anew", month=name_of(self._month), reason=str(error))
            return None

    async def _parts(self, window: Window) -> list[Path]:
        """Right answers for all of a window, in the order of time; none where the server counts none."""
        pieces, path = smaller(window), self._path(window, ".parquet")
        if self._expected(window) == 0:
            return []
        if path.exists():
            if await asyncio.to_thread(_rows, path) == self._expected(window):
                return [path]
            path.unlink()  # right when it came; the server has others since
        if not self._path(window, ".split").exists():
            try:
                return [await self._part(window, path, divisible=bool(pieces))]
            except TooMuch as error:
                log.info("wspr.split", window=name_of(window), pieces=len(pieces), reason=str(error))
                self._path(window, ".split").touch()
                self._path(window, ".part").unlink(missing_ok=True)  # gigabytes of no use
        return [part for piece in pieces for part in await self._parts(piece)]

    async def _part(self, window: Window, path: Path, *, divisible: bool) -> Path:
        """One right answer. Raises `TooMuch` where a smaller window may do, else what went wrong."""
        name, wrong = name_of(window), ""
        for _ in range(TRIES):
            try:
                return await self._answer(window, path, divisible=divisible)
            except FetchError as error:
                raise FetchError(error.url, f"{name}: {error.reason}", error.status) from error
            except PayloadError as error:
                if divisible:
                    raise TooMuch(str(error)) from error
                wrong = str(error)
                log.info("wspr.wrong_answer", window=name, reason=wrong)
        raise PayloadError(f"{name}: {TRIES} times a wrong answer, the last one: {wrong}")

    async def _answer(self, window: Window, path: Path, *, divisible: bool) -> Path:
        rows = self._expected(window)
        self._need(rows * BYTES_PER_ROW)
        if self._asked:
            await self._doors.sleep(self._doors.settings.pause_days_s)
        self._asked = True
        self._doors.tell(f"{name_of(window)}: asking for {rows:,} spots")
        part = self._path(window, ".part")
        await self._doors.server.save(window, part, divisible=divisible)
        try:
            await asyncio.to_thread(check, part, window, rows)
        except Miscounted:  # spots may have come late, between count and answer
            self._counts = await self._doors.server.counts(self._month)
            await asyncio.to_thread(check, part, window, self._expected(window))
        _keep(part, path)
        return path

    async def _merge(self, parts: Sequence[Path], merged: Path) -> None:
        self._need(sum(part.stat().st_size for part in parts))
        self._doors.tell(f"{name_of(self._month)}: making one file of {len(parts)}")
        scratch = self._folder / "merged.part"
        await asyncio.to_thread(merge, parts, scratch)
        _keep(scratch, merged)

    def _entry(self, merged: Path, facts: Facts) -> Entry:
        return Entry(
            month=name_of(self._month),
            rows=facts.rows,
            bytes=merged.stat().st_size,
            sha256=sha256_of(merged),
            first=facts.first,
            last=facts.last,
            asked_by=self._asked_by(),
            address=self._doors.server.address,
            fetched_at=self._doors.clock(),
            simulated=self._doors.simulated,
        )

    def _asked_by(self) -> Pieces:
        split = {path.stem for path in self._folder.glob("*.split")}
        if not split:
            return "month"
        return "days" if split == {name_of(self._month)} else "hours"

    def _expected(self, window: Window) -> int:
        return expected(window, self._counts)

    def _path(self, window: Window, suffix: str) -> Path:
        return self._folder / f"{name_of(window)}{suffix}"

    def _drop_parts(self) -> None:
        for part in self._folder.glob("2*.parquet"):
            part.unlink()

    def _need(self, size: int) -> None:
        """Raise `ArchiveError` where `size` bytes more would leave less of the disk than is to stay free."""
        free, keep = shutil.disk_usage(self._folder).free, self._doors.settings.free_bytes
        if free - size < keep:
            raise ArchiveError(
                f"{self._folder}: {size:,} bytes are needed, {free:,} are free, of which {keep:,} stay free "
                "(wspr.free_bytes)"
            )


def _rows(path: Path) -> int | None:
    """Rows of a part, by its metadata; None where that is no longer readable."""
    try:
        rows: int = check_columns(path).num_rows
    except PayloadError:
        return None
    return rows


def _keep(scratch: Path, path: Path) -> None:
    """Give a file that was synced its name, and make the name survive a power cut."""
    scratch.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError("wspr fetch", f"already running in {work}", "one at a time") from error
        yield
