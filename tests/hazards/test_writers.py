"""Several writers at once: no deadlock, and the record of some serial order, which the database knows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from databases import create_database
from hazards.record import empty, everything, put
from hazards.strategies import quakes
from made import USGS, applied_order, payload, polled, rows
from nursery import Nursery, open_nursery
from terraloom.archive import Archive, keep, load_payload
from terraloom.hazards.rules import Rules
from terraloom.ingest import ingest
from terraloom.rebuild import rebuild
from terraloom.records import HazardReport, Payload

RACES = settings(  # shrinking would need the same race again
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with open_nursery() as found:
        yield found


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(database_url) as found:
        yield found


def overlapping(payloads: list[Payload], writers: int, seed: int) -> list[list[Payload]]:
    """A stream for each writer: most payloads go to two of them, each in an order of its own."""
    chance = random.Random(seed)
    streams: list[list[Payload]] = [[] for _ in range(writers)]
    for one in payloads:
        for stream in chance.sample(streams, 1 if chance.random() < 0.3 else 2):
            stream.append(one)
    for stream in streams:
        chance.shuffle(stream)
    return streams


def by_payload(connection: Connection[Any], archive: Archive, cluster: str) -> dict[str, list[Any]]:
    """The record of one writer that ingests the same payloads one by one, in their serial order."""
    ids = applied_order(connection)
    url = create_database(cluster, f"serial{abs(hash(str(ids[0])))}", "terraloom_template")
    with psycopg.connect(url) as alone:
        for payload_id in ids:
            ingest(alone, archive, [load_payload(connection, archive, payload_id)], Rules())
        return rows(alone)


@pytest.mark.parametrize(
    ("writers", "batch"),
    [(2, 5), (4, 3), *(pytest.param(4, n, marks=pytest.mark.slow) for n in (1, 2, 8, 20))],
)
def test_writer_processes_give_the_record_of_their_serial_order(
    writers: int,
    batch: int,
    nursery: Nursery,
    connection: Connection[Any],
    database_url: str,
    cluster: str,
    tmp_path: Path,
) -> None:
    payloads = polled(hours=range(26, 38, 4))
    archive = tmp_path / "archive"
    for n, stream in enumerate(overlapping(payloads, writers, seed=batch)):
        nursery.start(database_url, tmp_path / str(n), stream, archive=archive, batch=batch)
    assert nursery.ended() == [0] * writers
    assert len(applied_order(connection)) == len({one.id for one in payloads})
    opened = Archive.open(archive)
    record = rows(connection)
    assert record["source_events"]
    assert by_payload(connection, opened, cluster) == record
    again = rebuild(connection, opened, Rules(), replace=False)
    assert [one for one in again if not one.same] == []


@RACES
@given(st.lists(st.lists(quakes(), min_size=1, max_size=4), min_size=4, max_size=8), st.sampled_from([2, 4]))
def test_racing_threads_give_the_record_of_their_serial_order(
    connection: Connection[Any], database_url: str, batches: list[list[HazardReport]], writers: int
) -> None:
    empty(connection)
    numbered = list(enumerate(batches))

    def write(mine: list[tuple[int, list[HazardReport]]]) -> None:
        with psycopg.connect(database_url) as own:
            for n, reports in mine:
                put(own, reports, n)

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, [numbered[n::writers] for n in range(writers)]))
    raced = everything(connection)
    order = connection.execute("SELECT url FROM payloads ORDER BY applied_seq").fetchall()
    empty(connection)
    for (url,) in order:
        n = int(url.removeprefix("test:"))
        put(connection, batches[n], n)
    assert everything(connection) == raced


def test_batches_of_the_same_payloads_in_opposite_order_do_not_deadlock(
    connection: Connection[Any], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    payloads = [payload(USGS, str(n).encode()) for n in range(5000)]
    archive, stored = Archive.open(tmp_path, fsync=False), Barrier(2)
    monkeypatch.setattr(archive, "put_many", lambda _bodies: stored.wait())  # then both write their rows

    def write(batch: list[Payload]) -> None:
        with psycopg.connect(database_url) as own:
            keep(own, archive, batch, licences={})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, [payloads, payloads[::-1]]))
    assert connection.execute("SELECT count(*) FROM payloads").fetchone() == (5000,)
