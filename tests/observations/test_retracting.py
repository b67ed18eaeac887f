"""What an operator takes back stays back: in the table, in files, and when all is made again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs
from psycopg import Connection

from made import START as PLANET_START
from made import rows, said
from measuring import START, kept, recounted, series_kept, series_recounted
from terraloom.hazards.rules import Rules
from terraloom.ingest import IngestResult, ingest
from terraloom.observations import partitions, query
from terraloom.observations.cold import freezing, manifest
from terraloom.observations.wanted import Wanted
from terraloom.rebuild import DERIVED, rebuild
from terraloom.runtime import Runtime
from terraloom.sources import operator
from terraloom.sources.operator import Retraction

FEED, METRIC, STATION = "swpc-planetary-k", "planetary_k_index", "swpc/planet"
HOURS = (24, 27, 30, 33, 36)


def poll(runtime: Runtime, connection: Connection[Any], hour: float) -> IngestResult:
    """What the feed says at an hour of the planet: the past week, each time."""
    payload = said(FEED, PLANET_START + timedelta(hours=hour))
    [result] = ingest(connection, runtime.archive, [payload], Rules())
    return result


def retract(runtime: Runtime, connection: Connection[Any], first: float, last: float) -> IngestResult:
    """Take back the values of some hours of the planet."""
    word = Retraction(
        metric=METRIC,
        station=STATION,
        since=PLANET_START + timedelta(hours=first),
        until=PLANET_START + timedelta(hours=last),
        operator="me",
        reason="the index was wrong",
    )
    at = datetime(2026, 1, 1, tzinfo=UTC)  # an operator's clock is not the planet's
    [result] = ingest(connection, runtime.archive, [operator.payload(word, at)], Rules())
    return result


def good(connection: Connection[Any], runtime: Runtime) -> list[float]:
    """Hours of the planet at which there is a good value."""
    wanted = Wanted(metrics=[METRIC], since=PLANET_START)
    found = query.values(connection, runtime.archive.store, wanted).values
    return [(one.time - PLANET_START).total_seconds() / 3600 for one in found]


def test_values_that_are_taken_back_stay_so_whatever_the_feed_repeats(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        poll(runtime, connection, 36)
        before = good(connection, runtime)
        assert retract(runtime, connection, 9, 21).withdrawn == 4
        expected = [hour for hour in before if not 9 <= hour < 21]
        assert good(connection, runtime) == expected
        again = poll(runtime, connection, 36.01)
        assert (again.observed, again.revised) == (0, 0)
        assert good(connection, runtime) == expected
        assert kept(connection, "day") == recounted(connection, "day")
        assert series_kept(connection) == series_recounted(connection)


def test_the_versions_say_who_took_a_value_back(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        poll(runtime, connection, 36)
        retract(runtime, connection, 9, 12)
        at = PLANET_START + timedelta(hours=9)
        story = query.explain(connection, runtime.archive.store, METRIC, STATION, at)
        assert story is not None
        assert [(v.source, v.quality, v.current) for v in story.versions] == [
            (FEED, "good", False),
            ("operator", "withdrawn", True),
        ]


def test_a_retraction_that_finds_nothing_changes_nothing(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        poll(runtime, connection, 36)
        before = good(connection, runtime)
        assert retract(runtime, connection, 10, 11.5).withdrawn == 0
        assert good(connection, runtime) == before


@pytest.mark.parametrize("cold", [False, True], ids=["", "beside cold files"])
def test_a_rebuild_takes_back_the_same_values(runtime: Runtime, cold: bool) -> None:
    settled = [table for table in DERIVED if table != "severity_scores"]
    with runtime.pool.connection() as connection:
        for hour in HOURS:
            poll(runtime, connection, hour)
            if hour == 30:
                retract(runtime, connection, 9, 21)
        before = rows(connection, settled)
        if cold:
            connection.commit()
            for one in partitions.existing(connection):
                assert freezing.freeze(connection, runtime.archive.store, one, START)
        found = rebuild(connection, runtime.archive, Rules(), replace=False)
        assert [one for one in found if not one.same] == []
        if not cold:
            assert rows(connection, settled) == before


def test_values_in_a_file_are_taken_back_and_repeats_leave_them_there(runtime: Runtime) -> None:
    with runtime.pool.connection() as connection:
        poll(runtime, connection, 36)
        freeze(runtime, connection)
        assert retract(runtime, connection, 9, 21).withdrawn == 4
        assert manifest.everything(connection) == []
        freeze(runtime, connection)
        cold = manifest.everything(connection)
        again = poll(runtime, connection, 36.01)
        assert (again.observed, again.revised, manifest.everything(connection)) == (0, 0, cold)


def freeze(runtime: Runtime, connection: Connection[Any]) -> None:
    connection.commit()
    for one in partitions.existing(connection):
        assert freezing.freeze(connection, runtime.archive.store, one, START)


def test_a_word_that_cannot_be_read_is_quarantined(runtime: Runtime) -> None:
    word = Retraction(metric=METRIC, station=STATION, since=START, until=START, operator="me")
    payload = operator.payload(word, START)
    broken = structs.replace(payload, body=payload.body.replace(b"Z", b""))  # times without a zone
    with runtime.pool.connection() as connection:
        [result] = ingest(connection, runtime.archive, [broken], Rules())
    assert (result.rejected, result.withdrawn) == (1, 0)
