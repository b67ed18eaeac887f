"""Trivial backfill jobs per second, from the plan to done; procrastinate beside it on the same server."""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.table import Table

from benchmarks.machine import Scratch, scratch
from terraloom import logs
from terraloom.backfill import planning
from terraloom.backfill.jobs import Campaign, Found, Held, Job, Kind, Window
from terraloom.backfill.runner import Runner
from terraloom.backfill.seeding import seed
from terraloom.config import Logs, Settings
from terraloom.polling.opening import open_poller
from terraloom.polling.running import RuledIngest
from terraloom.polling.worker import Worker
from terraloom.runtime import open_runtime
from terraloom.sources.base import Fetcher

JOBS, WARM_UP, WORKERS, AT_ONCE = 4000, 200, 2, 32
START = datetime(2000, 1, 1, tzinfo=UTC)
WARM_S = 60.0  # for all workers to be there: one that died must not be waited for
LONGEST_S = 300.0  # for all jobs to be done
OTHER = "other"  # procrastinate's database on the same server


class Nothing(Kind):
    """An archive that has nothing, and says so at once: what is left is what the queue itself costs."""

    name = "nothing"

    def plan(self, campaign: Campaign) -> Iterable[Job]:
        for window in planning.steps(planning.span(campaign), 3600.0):
            yield Job(kind=self.name, source=campaign.source, host="nothing.example", window=window)

    async def run(self, job: Job, fetcher: Fetcher) -> AsyncIterator[Found]:
        yield Held(window=job.window, empty=True)


WAYS = {"nothing": Nothing()}


def run(console: Console) -> None:
    with scratch() as place:
        ours = _measure(place, _work, _seed, "SELECT count(*) FROM backfill_jobs WHERE state = 'done'")
        url = _other_database(place.url)
        theirs = _measure(
            Scratch(url, place.archive),
            _work_procrastinate,
            _defer,
            "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'",
        )
    shown = Table(
        "queue", "workers", "jobs", "seconds", "jobs/s", "ratio", title="trivial jobs, seed to done"
    )
    for name, seconds in (("procrastinate 3", theirs), ("terraloom backfill", ours)):
        rate = f"{JOBS / seconds:,.0f}"
        shown.add_row(name, str(WORKERS), f"{JOBS:,}", f"{seconds:.2f}", rate, f"{theirs / seconds:.2f}×")
    console.print(shown)


Work = Callable[[str, str, Barrier, Event], None]


def _measure(place: Scratch, work: Work, plan: Callable[[str, int, int], None], done: str) -> float:
    """Seconds from the moment when all workers are warm until the last job is done."""
    processes = multiprocessing.get_context("spawn")
    ready, stop = processes.Barrier(WORKERS + 1), processes.Event()
    home = str(Path(place.archive.url).parent)
    arguments = (place.url, home, ready, stop)
    running = [processes.Process(target=work, args=arguments, daemon=True) for _ in range(WORKERS)]
    for one in running:
        one.start()
    ready.wait(WARM_S)
    with psycopg.connect(place.url, autocommit=True) as connection:
        plan(place.url, 0, WARM_UP)
        _wait(connection, done, WARM_UP)
        begun = time.perf_counter()
        plan(place.url, WARM_UP, JOBS)
        _wait(connection, done, WARM_UP + JOBS)
        seconds = time.perf_counter() - begun
    stop.set()
    for one in running:
        one.join()
    return seconds


def _wait(connection: psycopg.Connection[Any], done: str, count: int) -> None:
    end = time.monotonic() + LONGEST_S
    while connection.execute(done).fetchone() != (count,):
        if time.monotonic() > end:
            raise RuntimeError(f"{count} jobs are not done after {LONGEST_S:g} s")
        time.sleep(0.1)


def _seed(url: str, first: int, count: int) -> None:
    begin = START + timedelta(hours=first)
    window = Window(begin, begin + timedelta(hours=count))
    wanted = Campaign(kind="nothing", source="usgs-earthquakes-month", window=window)
    with psycopg.connect(url) as connection:
        connection.execute("SET timezone = 'UTC'")
        seed(connection, wanted, ways=WAYS)


def _work(url: str, home: str, ready: Barrier, stop: Event) -> None:
    logs.configure(Logs(level="warning"))
    settings = Settings(
        home=Path(home),
        database_url=url,
        fetch={"point_at": "http://127.0.0.1:9"},
        backfill={"concurrency": AT_ONCE, "per_host": 2 * AT_ONCE * WORKERS},
    )
    with (
        open_runtime(settings, migrate=False) as runtime,
        open_poller(runtime, RuledIngest(settings)) as poller,
    ):
        worker = Worker(poller, runner=Runner(poller, ways=WAYS), polls=False)
        worker.start()
        ready.wait(WARM_S)
        stop.wait()
        worker.stop()


def _other_database(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {OTHER}")
    found = make_conninfo(url, dbname=OTHER)
    with _app(found).open() as app:
        app.schema_manager.apply_schema()
    return found


def _app(url: str) -> Any:
    import procrastinate

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

    @app.task(name="nothing")
    async def nothing(n: int) -> None: ...

    return app


def _defer(url: str, first: int, count: int) -> None:
    with _app(url).open() as app:
        app.configure_task("nothing").batch_defer(*({"n": n} for n in range(first, first + count)))


def _work_procrastinate(url: str, home: str, ready: Barrier, stop: Event) -> None:
    import asyncio

    logging.disable(logging.INFO)

    async def work() -> None:
        app = _app(url)
        async with app.open_async():
            working = asyncio.create_task(
                app.run_worker_async(concurrency=AT_ONCE, install_signal_handlers=False)
            )
            await asyncio.to_thread(ready.wait, WARM_S)
            await asyncio.to_thread(stop.wait)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    asyncio.run(work())
