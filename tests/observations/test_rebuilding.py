"""The archive run again gives the same values, versions, hours and days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from made import START, rows
from terraloom.hazards.rules import Rules
from terraloom.ingest import ingest
from terraloom.observations import partitions
from terraloom.observations.cold import freezing, manifest
from terraloom.observations.cold.manifest import Cold
from terraloom.rebuild import DERIVED, rebuild
from terraloom.records import Payload
from terraloom.runtime import Runtime
from terraloom.sources import registry
from terraloom.universe.planet import Planet

SETTLED = [table for table in DERIVED if table != "severity_scores"]  # a rebuild scores what has none yet
FEEDS = ("swpc-planetary-k", "ndbc-latest", "hamqsl-propagation", "usgs-earthquakes-hour")


def polled(hours: int) -> list[Payload]:
    """What these feeds of a planet say, hour after hour."""
    planet, found = Planet(7, START, 3), []
    for hour in range(hours):
        at = START + timedelta(days=1, hours=hour)
        for source_id in FEEDS:
            url = registry()[source_id].info.url
            host, _, target = url.removeprefix("https://").partition("/")
            body = planet.body(host, f"/{target}", at)
            found.append(Payload(source=source_id, url=url, fetched_at=at, body=body))
    return found


@pytest.mark.parametrize("replace", [False, True])
def test_a_rebuild_gives_the_same_values(runtime: Runtime, replace: bool) -> None:
    with runtime.pool.connection() as connection:
        for payload in polled(14):
            ingest(connection, runtime.archive, [payload], Rules())
        before = rows(connection, SETTLED)
        assert before["observation_revisions"]
        found = rebuild(connection, runtime.archive, Rules(), replace=replace)
        assert {one.table: one for one in found if not one.same} == {}
        assert rows(connection, SETTLED) == before


def test_a_damaged_record_is_made_whole(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        for payload in polled(8):
            ingest(connection, runtime.archive, [payload], Rules())
        before = rows(connection, SETTLED)
        connection.execute("UPDATE observations SET value = value + 1 WHERE flag = 0")
        connection.execute("DELETE FROM observations_daily")
        connection.commit()
        found = {one.table for one in rebuild(connection, runtime.archive, Rules()) if not one.same}
        assert found == {"observations", "observations_daily"}
        assert rows(connection, SETTLED) == before


def freeze(runtime: Runtime, connection: Connection[Any]) -> list[Cold]:
    """Move everything to files."""
    connection.commit()
    moved = [
        freezing.freeze(connection, runtime.archive.store, one, START)
        for one in partitions.existing(connection)
    ]
    return [one for one in moved if one is not None]


def test_a_rebuild_compares_cold_spans_by_their_checksums(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        for payload in polled(8):
            ingest(connection, runtime.archive, [payload], Rules())
        before = rows(connection, SETTLED)["observations"]
        cold = freeze(runtime, connection)
        found = {one.table: one for one in rebuild(connection, runtime.archive, Rules())}
        assert found["observations"].same
        assert found["observations"].rows == sum(one.rows for one in cold) == len(before)
        assert manifest.everything(connection) == cold


def test_a_cold_span_that_differs_is_made_anew_in_the_table(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        for payload in polled(8):
            ingest(connection, runtime.archive, [payload], Rules())
        before = rows(connection, SETTLED)
        connection.execute("UPDATE observations SET value = value + 1 WHERE flag = 0")
        [moved] = freeze(runtime, connection)
        found = {one.table: one for one in rebuild(connection, runtime.archive, Rules()) if not one.same}
        assert set(found) == {"observations"}
        assert found["observations"].only_in_use == moved.rows
        assert manifest.everything(connection) == []
        assert rows(connection, SETTLED) == before


def test_values_that_went_with_their_partition_are_made_again(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        for payload in polled(3):
            ingest(connection, runtime.archive, [payload], Rules())
        before = rows(connection, SETTLED)
        connection.execute("DROP TABLE observations_2026_11")
        connection.commit()
        found = {one.table for one in rebuild(connection, runtime.archive, Rules()) if not one.same}
        assert found == {"observations"}
        assert rows(connection, SETTLED) == before
