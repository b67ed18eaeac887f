"""A small archive of WSPR: the simulated server, fetching from it at once, and the truth to compare with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from terraloom.archive.objects import Objects
from terraloom.backfill.jobs import Window
from terraloom.backfill.wspr.asking import month_of, months
from terraloom.backfill.wspr.fetching import Doors, Outcome, fetch_months
from terraloom.backfill.wspr.server import Server as WsprServer
from terraloom.backfill.wspr.server import patient
from terraloom.backfill.wspr.shelf import Shelf, path_of
from terraloom.config import Fetch, Wspr
from terraloom.fetching import Client
from terraloom.universe.clock import Clock
from terraloom.universe.control import controlled
from terraloom.universe.faults import Faults
from terraloom.universe.planet import Planet
from terraloom.universe.server import Server
from terraloom.universe.wspr_live import HOST, Limits, WsprLive
from terraloom.universe.wspr_spots import write_spots

NOW = datetime(2026, 6, 15, tzinfo=UTC)


def span(first: str, last: str) -> list[Window]:
    return list(months(month_of(first, "first"), month_of(last, "last")))


@cache
def planet() -> Planet:
    return Planet(1, NOW, 0.1)


@asynccontextmanager
async def upstream(
    *, per_slot: int = 1, limits: Limits | None = None, faults: Faults | None = None
) -> AsyncIterator[Server]:
    live = WsprLive(seed=1, per_slot=per_slot, limits=limits)
    async with controlled(planet(), Clock(NOW, speed=0.0), faults, {HOST: live}) as running:
        yield running


class World:
    """Where an archive is kept, and how it is fetched: without rests, unless they are what is looked at."""

    def __init__(self, folder: Path, storage: str = "") -> None:
        self.folder = folder
        self.rests: list[float] = []
        self.told: list[str] = []
        self.shelf = self.shelf_of(storage or folder / "storage")

    @staticmethod
    def shelf_of(storage: Path | str) -> Shelf:
        return Shelf(Objects.open_at(storage, fsync=False))

    async def fetch(
        self, url: str, wanted: Iterable[Window], *, again: bool = False, **more: Any
    ) -> list[Outcome]:
        settings = Wspr(**more)
        fetch = Fetch(point_at=url, backoff_initial_s=0.01, breaker={"failures": 50, "recovery_s": 0.05})
        async with Client(patient(fetch, settings), random=Random(1), sleep=_at_once) as client:
            doors = Doors(
                server=WsprServer(client, settings, sleep=_at_once),
                shelf=self.shelf,
                work=self.folder / "work",
                settings=settings,
                sleep=self._rest,
                clock=lambda: NOW,
                tell=self.told.append,
            )
            return [outcome async for outcome in fetch_months(list(wanted), doors, again=again)]

    def file(self, month: Window) -> Path:
        return self.folder / "storage" / path_of(f"{month.start:%Y%m}")

    async def _rest(self, seconds: float) -> None:
        self.rests.append(seconds)


def differences(found: Path, month: Window, scratch: Path, *, per_slot: int = 1) -> int:
    """Rows that are only in the file, or only in the truth (both counted as often as they stand there)."""
    write_spots(scratch, since=month.start, until=month.end, per_slot=per_slot)
    columns = "id, epoch_ms(time) AS time, * EXCLUDE (id, time)"
    one, other = (f"SELECT {columns} FROM read_parquet('{path}')" for path in (found, scratch))
    sql = f"SELECT count(*) FROM (({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one}))"
    return duckdb.sql(sql).fetchall()[0][0]


async def _at_once(seconds: float) -> None:
    await asyncio.sleep(0)
