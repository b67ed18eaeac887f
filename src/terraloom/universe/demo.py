"""The whole pipeline on the simulated planet in one process: what `terraloom demo` shows.

The data folder of a demo is its own, and begins empty each time: another planet would not fit the old record.
"""

from __future__ import annotations

import fcntl
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
from msgspec import structs
from psycopg import sql
from psycopg.conninfo import make_conninfo

from terraloom import caches
from terraloom.config import Settings, SourceSettings
from terraloom.db.cluster import DATABASE, start_embedded
from terraloom.errors import ConfigError
from terraloom.fetching import Client, StoredCredentials, StoredValidators
from terraloom.hazards import followups
from terraloom.polling.described import described, intervals
from terraloom.polling.details import fetch_detail
from terraloom.polling.loop import Loop
from terraloom.polling.poller import Fetched, Poller
from terraloom.polling.running import RuledIngest
from terraloom.runtime import Runtime, open_runtime
from terraloom.sources import registry
from terraloom.universe import state
from terraloom.universe.clock import Clock
from terraloom.universe.control import controlled
from terraloom.universe.faults import Fault, Faults
from terraloom.universe.planet import Planet
from terraloom.universe.score import Score, score_record
from terraloom.universe.server import Server

BEFORE = timedelta(days=2)  # how much of the planet's life is brought in before the demo goes live
REDUNDANT = (  # feeds that say again what another one of their agency says; left out to be quick
    "gdacs-events",
    "nhc-rss-at",
    "nhc-rss-cp",
    "nhc-rss-ep",
    "usgs-earthquakes-deleted",
    "usgs-earthquakes-month",
    "usgs-earthquakes-week",
)
AT_ONCE = 6  # sources asked at a time: some keep one waiting
SLEEPS_S = 0.5  # between two rounds when live
REFRESH_S = 20.0  # between two refreshes of the caches when live
SAFETY = timedelta(hours=1)  # a live demo ends so long before its planet does


class Demo:
    """A planet, its server, and a poller that asks it by the planet's own clock."""

    def __init__(
        self, runtime: Runtime, planet: Planet, server: Server, poller: Poller, seed: state.Seed
    ) -> None:
        self.runtime, self.planet, self.server, self.poller, self.seed = runtime, planet, server, poller, seed
        self.clock = server.clock
        self._every = intervals(poller.infos)
        self._last: dict[str, datetime] = {}
        self.polls = 0
        self._refreshed = 0.0  # s, monotonic: when caches were

    def bring_in(self, until: datetime, step: timedelta, tell: Callable[[datetime], None]) -> None:
        """Poll what is due, step by step, until the planet's clock says `until`."""
        while self.clock.now() < until:
            self.round()
            self.clock.set(min(self.clock.now() + step, until))
            tell(self.clock.now())
        self.refresh()

    def live(self, stop: threading.Event, speed: float) -> None:
        """Let the clock run, and poll what is due, until `stop` is set or the planet's life is over."""
        self.clock.run(speed)
        while not stop.is_set() and self.clock.now() < self.planet.truth.end - SAFETY:
            self.round()
            if time.monotonic() - self._refreshed > REFRESH_S:
                self.refresh()
            stop.wait(SLEEPS_S)
        self.clock.run(0.0)

    def refresh(self) -> None:
        """Bring the caches up to date."""
        with self.runtime.pool.connection() as connection:
            caches.refresh(connection, self.clock.now())
        self._refreshed = time.monotonic()

    def round(self) -> None:
        """Ask every source that is due, and take in what they say one after the other, in a defined order."""
        now = self.clock.now()
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="demo-asks") as pool:
            asked = [(s, pool.submit(self._fetch, s)) for s in due(self._every, self._last, now)]
            for source_id, fetched in asked:
                self._apply(source_id, now, *fetched.result())
                self._last[source_id] = now

    def _fetch(self, source_id: str) -> tuple[float, Fetched]:
        return time.monotonic(), self.poller.fetch(source_id)

    def _apply(self, source_id: str, now: datetime, began: float, fetched: Fetched) -> None:
        applied = self.poller.apply(fetched.payloads)
        if applied.lag_s is not None:  # the planet's clock stamps payloads; lag is a matter of real time
            applied = structs.replace(applied, lag_s=time.monotonic() - began)
        self.poller.close(f"demo:{source_id}:{now.isoformat()}", source_id, fetched, applied)
        self.polls += 1

    def score(self) -> Score:
        """How well the record tells the truth so far."""
        with self.runtime.pool.connection() as connection:
            return score_record(connection, self.planet, self.seed.opened)


def due(every: Mapping[str, timedelta], last: Mapping[str, datetime], now: datetime) -> list[str]:
    """Sources to poll at `now`, the longest overdue first; ties by id, so that the order is defined."""
    never = datetime.min.replace(tzinfo=UTC)
    late = {source: now - last.get(source, never) - period for source, period in every.items()}
    return sorted((s for s in late if late[s] >= timedelta(0)), key=lambda s: (-late[s], s))


@contextmanager
def open_demo(settings: Settings, *, seed: int, days: float, faults: list[Fault]) -> Iterator[Demo]:
    """
    An empty record, a planet that is three days old now, and all that brings the one into the other.

    `settings.home` is the demo's folder. Raises `ConfigError` where another demo runs in it.
    """
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    start = now - BEFORE - timedelta(days=1)
    known = state.Seed(seed, start, days, now - BEFORE)
    with _alone(settings.home), Loop() as loop:
        _forget(settings.home)
        state.write(settings.home, known)
        planet = known.planet()
        server = controlled(planet, Clock(known.opened, speed=0.0), Faults(seed, faults))
        loop.run(server.__aenter__())
        try:
            with (
                open_runtime(pointed(_narrowed(settings, planet), server.url)) as runtime,
                _poller(runtime, server, loop) as poller,
                followups.running(runtime, partial(fetch_detail, poller)),
            ):
                yield Demo(runtime, planet, server, poller, known)
        finally:
            loop.run(server.__aexit__())


def demo_settings(settings: Settings) -> Settings:
    """The same settings in a folder of its own, with the embedded database and an archive on disk."""
    apart = {"home": settings.home / "demo", "database_url": None, "storage_url": "", "simulated": True}
    return settings.model_copy(update=apart)


def pointed(settings: Settings, url: str) -> Settings:
    """Ask the simulated planet, and be quick about its faults."""
    breaker = settings.fetch.breaker.model_copy(update={"recovery_s": 2.0})
    quick = {"point_at": url, "backoff_initial_s": 0.05, "backoff_max_s": 1.0, "breaker": breaker}
    return settings.model_copy(update={"fetch": settings.fetch.model_copy(update=quick)})


@contextmanager
def _poller(runtime: Runtime, server: Server, loop: Loop) -> Iterator[Poller]:
    """Like a worker's, but payloads are stamped by the planet's clock."""
    pool, sources = runtime.pool, registry()
    client = Client(
        runtime.settings.fetch,
        validators=StoredValidators(pool),
        credentials=StoredCredentials(pool),
        clock=server.clock.now,
    )
    infos = described(sources, runtime.settings)
    loop.run(client.__aenter__())
    try:
        yield Poller(
            runtime, sources, infos=infos, upstreams=client, loop=loop, ingest=RuledIngest(runtime.settings)
        )
    finally:
        loop.run(client.__aexit__(None, None, None))


def _narrowed(settings: Settings, planet: Planet) -> Settings:
    """The same settings with the sources switched off that the planet does not play, so that pages say so."""
    off = {
        source_id: settings.sources.get(source_id, SourceSettings()).model_copy(update={"enabled": False})
        for source_id in described(registry(), settings)
        if not planet.serves(registry()[source_id]) or source_id in REDUNDANT
    }
    return settings.model_copy(update={"sources": {**settings.sources, **off}})


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError("TERRALOOM_HOME", str(home), "a folder in which no other demo runs") from error
        yield


def _forget(home: Path) -> None:
    """Drop what an earlier demo left: its database and its archive."""
    url = start_embedded(home)
    beside = make_conninfo(url, dbname="postgres")
    with psycopg.connect(beside, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
    shutil.rmtree(home / "archive", ignore_errors=True)
