"""Values come in, late, revised, withdrawn and doubtful; hours, days and counts stay what a recount gives."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from measuring import (
    HEAT,
    START,
    everything,
    kept,
    put,
    recounted,
    scrambled,
    series_kept,
    series_recounted,
    value,
    values,
)
from terraloom.observations.batch import series_id
from terraloom.records import Observation, Quality, Station


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(payloads=st.lists(st.lists(values(), min_size=1, max_size=12), min_size=1, max_size=6))
def test_rollups_and_counts_equal_a_full_recount(
    connection: Connection[Any], payloads: list[list[Observation]]
) -> None:
    connection.execute(
        "TRUNCATE observations, observation_revisions, series, observations_hourly, "
        "observations_daily, ingests, quarantine, payloads CASCADE"
    )
    for n, payload in enumerate(payloads):
        put(connection, payload, fetched=n)
    assert kept(connection, "hour") == recounted(connection, "hour")
    assert kept(connection, "day") == recounted(connection, "day")
    assert series_kept(connection) == series_recounted(connection)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    known=st.lists(values(), min_size=1, max_size=12, unique_by=lambda v: (v.metric, v.station, v.time)),
    data=st.data(),
)
def test_any_split_of_distinct_values_into_payloads_gives_the_same(
    connection: Connection[Any], known: list[Observation], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(known)), label="cut")
    found = []
    for parts in ([known], [known[:cut], known[cut:]], [known[cut:], known[:cut]]):
        connection.execute(
            "TRUNCATE observations, observation_revisions, series, observations_hourly, "
            "observations_daily, ingests, quarantine, payloads CASCADE"
        )
        for n, part in enumerate(parts):
            put(connection, part, fetched=n)
        found.append(list(everything(connection)))
    assert found[0] == found[1] == found[2]


@pytest.mark.slow
def test_a_million_values_in_any_order_come_to_what_a_recount_gives(connection: Connection[Any]) -> None:
    came = Counter[str]()
    for fetched, payload in scrambled(series=50, seed=3):
        result = put(connection, payload, fetched=fetched)
        came.update(
            {name: getattr(result, name) for name in ("observed", "revised", "withdrawn", "duplicate")}
        )
    assert came["observed"] > 980_000
    assert min(came.values()) > 100
    assert kept(connection, "hour") == recounted(connection, "hour")
    assert kept(connection, "day") == recounted(connection, "day")
    assert series_kept(connection) == series_recounted(connection)


def test_a_later_value_replaces_an_earlier_one_which_stays_countable(connection: Connection[Any]) -> None:
    put(connection, [value(0, 10.0), value(1, 11.0)], fetched=2)
    result = put(connection, [value(0, 12.5)], fetched=3)
    assert (result.observed, result.revised, result.duplicate) == (0, 1, 0)
    assert _value(connection, 0) == (12.5, 1)
    assert connection.execute("SELECT value, revision FROM observation_revisions").fetchall() == [(10.0, 0)]


def test_what_was_fetched_earlier_but_comes_in_later_does_not_win(connection: Connection[Any]) -> None:
    put(connection, [value(0, 10.0)], fetched=9)
    put(connection, [value(0, 7.0)], fetched=3)
    assert _value(connection, 0) == (10.0, 1)
    assert connection.execute("SELECT value FROM observation_revisions").fetchall() == [(7.0,)]


def test_what_stands_already_is_counted_as_duplicate(connection: Connection[Any]) -> None:
    put(connection, [value(m, float(m)) for m in range(50)], fetched=60)
    result = put(connection, [value(m, float(m)) for m in range(55)], fetched=61)
    assert (result.observed, result.duplicate, result.records) == (5, 50, 55)


def test_a_withdrawn_value_is_gone_from_hours_and_stays_in_the_versions(connection: Connection[Any]) -> None:
    put(connection, [value(0, 10.0), value(5, 20.0)], fetched=6)
    gone = value(5, None, quality=Quality.WITHDRAWN)
    assert put(connection, [gone], fetched=7).withdrawn == 1
    assert connection.execute("SELECT n, sum, last FROM observations_hourly").fetchall() == [(1, 10.0, 10.0)]
    assert connection.execute("SELECT value FROM observation_revisions").fetchall() == [(20.0,)]
    assert connection.execute("SELECT last_value, withdrawn FROM series").fetchone() == (10.0, 1)


def test_a_doubtful_value_is_kept_and_not_counted_in(connection: Connection[Any]) -> None:
    result = put(connection, [value(0, 10.0), value(5, 999.0, quality=Quality.OUT_OF_RANGE)])
    assert (result.observed, result.flagged) == (2, 1)
    assert connection.execute("SELECT n, flagged, max FROM observations_daily").fetchall() == [(1, 1, 10.0)]


def test_months_get_partitions_and_old_times_decades(connection: Connection[Any]) -> None:
    long_ago = timedelta(days=365 * 100)
    put(connection, [value(0, 1.0), value(0, 1.0), value(-long_ago.total_seconds() / 60, 2.0)])
    query = "SELECT DISTINCT tableoid::regclass::text FROM observations ORDER BY 1"
    assert [row[0] for row in connection.execute(query).fetchall()] == [
        "observations_1920s",
        "observations_2026_03",
    ]


def test_stations_are_told_of_and_values_without_one_make_one(connection: Connection[Any]) -> None:
    told = Station(id="made/a", title="A", lon=10.0, lat=50.0, elevation_m=120.0)
    put(connection, [told, value(0, 1.0), value(0, 2.0, station="made/b")])
    rows = connection.execute("SELECT id, title, lon, elevation_m FROM stations ORDER BY id").fetchall()
    assert rows == [("made/a", "A", 10.0, 120.0), ("made/b", "", None, None)]


def test_a_station_that_only_values_spoke_of_is_described_by_whoever_does(
    connection: Connection[Any],
) -> None:
    put(connection, [value(0, 1.0)], fetched=9)
    put(connection, [Station(id="made/a", title="A", lon=10.0, lat=50.0)], fetched=3)
    assert connection.execute("SELECT title, lon FROM stations").fetchall() == [("A", 10.0)]


def test_a_series_id_follows_from_metric_and_station() -> None:
    assert series_id(HEAT.id, "made/a") == series_id("heat", "made/a") != series_id("heat", "made/b")
    assert 0 < series_id("heat", "made/a") < 2**63


def _value(connection: Connection[Any], minutes: int) -> tuple[float, int]:
    row = connection.execute(
        "SELECT value, revision FROM observations WHERE time = %s", [START + timedelta(minutes=minutes)]
    ).fetchone()
    assert row is not None
    return row
