"""Values are read page by page, by what is asked for, and never without bounds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from measuring import START, kept, put, value, values
from terraloom.archive.objects import Objects
from terraloom.errors import RecordError
from terraloom.observations import query, reading
from terraloom.observations.views import SpanValue, Value
from terraloom.observations.wanted import Resolution, Wanted
from terraloom.records import Observation, Quality, Station

EMPTY = (
    "TRUNCATE observations, observation_revisions, series, stations, observations_hourly, "
    "observations_daily, ingests, quarantine, payloads CASCADE"
)
HEAT = ("heat",)


def read(
    connection: Connection[Any], store: Objects, wanted: Wanted, limit: int = 1000
) -> list[Value | SpanValue]:
    """Every page put together."""
    found: list[Value | SpanValue] = []
    cursor: str | None = ""
    while cursor is not None:
        page = query.values(connection, store, wanted, limit=limit, cursor=cursor)
        assert len(page.values) <= limit
        found += page.values
        cursor = page.next
    return found


def numbers(found: Sequence[Value | SpanValue]) -> list[float | None]:
    return [one.value for one in found]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    payloads=st.lists(st.lists(values(), min_size=1, max_size=12), min_size=1, max_size=4),
    resolution=st.sampled_from(Resolution),
    limit=st.integers(1, 7),
)
def test_pages_of_any_size_hold_every_value_once_and_in_order(
    connection: Connection[Any],
    store: Objects,
    payloads: list[list[Observation]],
    resolution: Resolution,
    limit: int,
) -> None:
    connection.execute(EMPTY)
    for n, payload in enumerate(payloads):
        put(connection, payload, fetched=n)
    wanted = Wanted(metrics=["heat", "level"], resolution=resolution)
    found = read(connection, store, wanted, limit)
    assert found == read(connection, store, wanted)
    keys = [(one.metric, one.station, one.time) for one in found]
    assert keys == sorted(set(keys))


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(payload=st.lists(values(), min_size=1, max_size=30), limit=st.integers(1, 5))
def test_hours_that_are_not_kept_are_what_they_would_be(
    connection: Connection[Any], store: Objects, payload: list[Observation], limit: int
) -> None:
    connection.execute(EMPTY)
    put(connection, payload)
    wanted = Wanted(metrics=HEAT, resolution=Resolution.HOUR)
    hours = read(connection, store, wanted, limit)
    connection.execute("UPDATE metrics SET hourly = false WHERE id = 'heat'")
    assert read(connection, store, wanted, limit) == hours
    assert len(hours) == sum(row[2] > 0 for row in kept(connection, "hour"))


def test_good_values_are_shown_unless_others_are_asked_for(
    connection: Connection[Any], store: Objects
) -> None:
    put(connection, [value(0, 1.0), value(1, 999.0, quality=Quality.OUT_OF_RANGE), value(2, 3.0)])
    put(connection, [value(2, None, quality=Quality.WITHDRAWN)], fetched=9)
    assert numbers(read(connection, store, Wanted(metrics=HEAT))) == [1.0]
    doubtful = read(
        connection, store, Wanted(metrics=HEAT, qualities=[Quality.OUT_OF_RANGE, Quality.WITHDRAWN])
    )
    assert [(one.value, one.quality, one.revision) for one in doubtful if isinstance(one, Value)] == [
        (999.0, "out_of_range", 0),
        (None, "withdrawn", 1),
    ]


def test_a_span_of_time_takes_its_beginning_and_not_its_end(
    connection: Connection[Any], store: Objects
) -> None:
    put(connection, [value(30 * n, float(n)) for n in range(8)])
    span = {"since": START + timedelta(minutes=30), "until": START + timedelta(minutes=120)}
    assert numbers(read(connection, store, Wanted(metrics=HEAT, **span))) == [1.0, 2.0, 3.0]
    hours = read(connection, store, Wanted(metrics=HEAT, resolution=Resolution.HOUR, **span))
    assert numbers(hours) == [2.5]  # the hour that begins within


@pytest.mark.parametrize(
    ("aggregate", "expected"), [("mean", 2.0), ("sum", 6.0), ("max", 3.0), ("min", 1.0), ("last", 2.0)]
)
def test_a_day_is_made_as_its_metric_says(
    connection: Connection[Any], store: Objects, aggregate: str, expected: float
) -> None:
    put(connection, [value(0, 1.0), value(1, 3.0), value(2, 2.0)])
    connection.execute("UPDATE metrics SET aggregate = %s", [aggregate])
    [day] = read(connection, store, Wanted(metrics=HEAT, resolution=Resolution.DAY))
    assert isinstance(day, SpanValue)
    assert (day.value, day.n, day.min, day.max, day.mean) == (expected, 3, 1.0, 3.0, 2.0)


def test_a_box_takes_stations_by_their_place_and_values_of_what_moves_by_theirs(
    connection: Connection[Any],
    store: Objects,
) -> None:
    stations = [
        Station(id="made/a", lon=179.0, lat=10.0),
        Station(id="made/b", lon=0.0, lat=10.0),
        Station(id="made/ship", kind="mobile"),
    ]
    ship = [value(n, float(n), station="made/ship", lon=lon, lat=9.0) for n, lon in enumerate((-179.5, 20.0))]
    put(connection, [*stations, value(0, 7.0), value(0, 8.0, station="made/b"), *ship])
    across = Wanted(bbox=(170.0, 0.0, -170.0, 20.0))
    assert numbers(read(connection, store, across)) == [7.0, 0.0]
    assert [one.lon for one in read(connection, store, across)] == [179.0, -179.5]
    days = Wanted(bbox=(170.0, 0.0, -170.0, 20.0), resolution=Resolution.DAY)
    assert numbers(read(connection, store, days)) == [7.0]


def test_a_page_that_finds_little_ends_after_a_bounded_number_of_rows(
    connection: Connection[Any], store: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST", 40)
    monkeypatch.setattr(reading, "LEAST", 10)
    put(connection, [value(n, 999.0, quality=Quality.OUT_OF_RANGE) for n in range(100)] + [value(100, 1.0)])
    first = query.values(connection, store, Wanted(metrics=HEAT), limit=5)
    assert (first.values, first.next is None) == ([], False)
    assert numbers(read(connection, store, Wanted(metrics=HEAT), 5)) == [1.0]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(), "metric"),
        (Wanted(metrics=["heet"]), "metric"),
        (Wanted(stations=["made/nowhere"]), "station"),
        (
            Wanted(metrics=HEAT, resolution=Resolution.DAY, qualities=[Quality.SUSPECT]),
            "quality",
        ),
    ],
    ids=["without bounds", "unknown metric", "unknown station", "days of doubtful values"],
)
def test_a_question_that_makes_no_sense_is_refused(
    connection: Connection[Any], store: Objects, wanted: Wanted, field: str
) -> None:
    put(connection, [value(0, 1.0)])
    with pytest.raises(RecordError) as refused:
        query.values(connection, store, wanted)
    assert refused.value.field == field


def test_metrics_tell_what_there_is_of_them(connection: Connection[Any]) -> None:
    put(
        connection, [value(0, 1.0), value(5, 2.0, station="made/b"), value(9, 999.0, quality=Quality.SUSPECT)]
    )
    put(connection, [value(0, 1.5)], fetched=9)
    found = query.metric(connection, "heat")
    assert found is not None
    assert (found.n, found.flagged, found.revisions, found.stations) == (2, 1, 1, 2)
    assert found.newest == query.Newest("made/b", START + timedelta(minutes=5), 2.0)
    everything = {one.id: one for one in query.metrics(connection)}
    assert everything["heat"] == found
    assert everything["planetary_k_index"].newest is None


def test_stations_are_found_by_place_metric_and_text(connection: Connection[Any]) -> None:
    told = [Station(id=f"made/{n}", title=f"100% of {n}", lon=10.0 * n, lat=0.0) for n in range(4)]
    put(connection, [*told, value(0, 1.0, station="made/1"), value(0, 1.0, "level", "made/2")])

    def found(**filters: Any) -> list[str]:
        return [s.id for s in query.stations(connection, query.StationFilters(**filters)).stations]

    assert found() == ["made/0", "made/1", "made/2", "made/3"]
    assert found(bbox=(5.0, -1.0, 25.0, 1.0)) == ["made/1", "made/2"]
    assert found(metrics=["level"]) == ["made/2"]
    assert found(text="100% OF 3") == ["made/3"]
    assert found(agencies=["other"]) == found(text="_") == []


def test_stations_page_and_carry_their_series(connection: Connection[Any]) -> None:
    put(connection, [value(0, float(n), station=f"made/{n}") for n in range(5)])
    first = query.stations(connection, limit=3)
    rest = query.stations(connection, limit=3, cursor=first.next or "")
    assert [s.id for s in first.stations + rest.stations] == [f"made/{n}" for n in range(5)]
    assert [s.series[0].last_value for s in rest.stations] == [3.0, 4.0]
    assert rest.next is None


def test_the_versions_of_a_value_are_told_with_their_payloads(
    connection: Connection[Any], store: Objects
) -> None:
    for fetched, number in ((1, 10.0), (3, 12.0), (2, 11.0)):
        put(connection, [value(0, number)], fetched=fetched)
    story = query.explain(connection, store, "heat", "made/a", START)
    assert story is not None
    assert [(v.value, v.current) for v in story.versions] == [(10.0, False), (11.0, False), (12.0, True)]
    assert [v.fetched_at for v in story.versions] == [START + timedelta(minutes=n) for n in (1, 2, 3)]
    assert story.revised == [query.Revised(START, 3)]
    assert query.explain(connection, store, "heat", "made/nowhere") is None
