"""Ready campaigns on the queue, against the planet's archives and their faults: the record is the truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from toys import until
from upstream import START, between, planet

from terraloom.backfill import queue
from terraloom.backfill.jobs import Campaign, Window
from terraloom.backfill.known import campaigns
from terraloom.backfill.ledger import ledger
from terraloom.backfill.seeding import seed
from terraloom.config import Settings
from terraloom.polling.loop import Loop
from terraloom.polling.opening import open_poller
from terraloom.polling.running import RuledIngest
from terraloom.polling.worker import Worker
from terraloom.runtime import Runtime
from terraloom.universe import past
from terraloom.universe.clock import Clock
from terraloom.universe.faults import Fault, Faults, Kind
from terraloom.universe.feeds import cdaweb, kyoto, worldbank
from terraloom.universe.server import Server

FAULTS = [
    Fault(k, "*", 0.04, 0.0) for k in (Kind.THROTTLE, Kind.TRUNCATE, Kind.RESET, Kind.UNAVAILABLE, Kind.ERROR)
]
VALUES = "SELECT time, value FROM observed WHERE metric = %s AND station = %s ORDER BY time"


@pytest.fixture
def settings(settings: Settings) -> Iterator[Settings]:
    """All hosts are the planet's, and nobody waits."""
    server = Server(planet(), Clock(START, speed=0), Faults(5, FAULTS))
    quick = {"backoff_initial_s": 0.05, "attempts": 10, "per_host": 16}
    with Loop() as loop:
        loop.run(server.start())
        fetch = {
            "point_at": server.url,
            "attempts": 3,
            "backoff_initial_s": 0.01,
            "breaker": {"failures": 50},
        }
        yield Settings(home=settings.home, database_url=settings.database_url, fetch=fetch, backfill=quick)
        loop.run(server.__aexit__())


def work(runtime: Runtime, name: str, window: Window | None, **parameters: str) -> None:
    """Bring in a ready campaign; every job must be done."""
    ready = campaigns()[name]
    asked: Campaign = replace(ready, window=window, parameters={**ready.parameters, **parameters})
    with runtime.pool.connection() as connection:
        seed(connection, asked)
    with (
        open_poller(runtime, RuledIngest(runtime.settings)) as poller,
        runtime.pool.connection() as connection,
    ):
        connection.autocommit = True
        worker = Worker(poller, polls=False)
        worker.start()
        until(lambda: queue.left(connection).nothing, seconds=90)
        worker.stop()
        failed = connection.execute("SELECT says FROM backfill_jobs WHERE state <> 'done'").fetchall()
        assert failed == []
        assert all(line.missing == [] for line in ledger(connection))


def values(runtime: Runtime, metric: str, station: str) -> dict[Any, float]:
    with runtime.pool.connection() as connection:
        return dict(connection.execute(VALUES, [metric, station]).fetchall())


def known(pairs: Iterator[tuple[Any, float | None]]) -> dict[Any, float]:
    return {time: value for time, value in pairs if value is not None}


def test_a_catalogue_of_earthquakes_with_splits(runtime: Runtime) -> None:
    window = between("1971-02-01", "1971-04-20")
    work(runtime, "usgs-earthquakes", window, limit="150", minmagnitude="3.6")
    truth = [v for _, v in past.archived(planet().seed, "usgs", window.start, window.end) if v.size >= 3.6]
    with runtime.pool.connection() as connection:
        ids = connection.execute("SELECT source_event_id FROM raw_event_records").fetchall()
        splits = connection.execute("SELECT count(*) FROM backfill_jobs WHERE says LIKE 'split%'").fetchone()
    assert sorted(row[0] for row in ids) == sorted(version.id for version in truth)
    assert splits is not None
    assert splits[0] > 0


def test_the_solar_wind(runtime: Runtime) -> None:
    window = between("1983-01-20", "1983-03-10")
    work(runtime, "omni", window, parameters="V1800,BZ_GSM1800")
    dataset = cdaweb.DATASETS["OMNI2_H0_MRG1HR"]
    for name, metric in (("V1800", "solar_wind_speed"), ("BZ_GSM1800", "interplanetary_magnetic_field_z")):
        (parameter,) = [one for one in dataset.parameters if one.name == name]
        times = dataset.times(window.start, window.end)
        truth = known((t, cdaweb.value(planet().seed, parameter.instruments[0], t)) for t in times)
        assert values(runtime, metric, "omni/bow-shock-nose") == truth


def test_the_index_of_storms(runtime: Runtime) -> None:
    window = between("1989-03-01", "1989-06-01")
    work(runtime, "dst", window)
    hours = kyoto.DST.steps(window.start, window.end)
    assert values(runtime, "dst_index", "kyoto/planet") == known(
        (t, kyoto.value(planet().seed, t)) for t in hours
    )


def test_the_indicators_of_countries(runtime: Runtime) -> None:
    work(runtime, "worldbank", None, items="SP.POP.TOTL AG.LND.TOTL.K2")
    truth = {year: worldbank.value(planet().seed, "SP.POP.TOTL", "NPL", year) for year in worldbank.YEARS}
    read = {time.year: value for time, value in values(runtime, "population", "worldbank/NPL").items()}
    assert read == {year: value for year, value in truth.items() if value is not None}
