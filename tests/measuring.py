"""Values put straight into a database, and everything that is kept of them read back."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from psycopg import Connection

from terraloom.archive import Archive, record_many
from terraloom.archive.objects import Objects
from terraloom.hazards.rules import Rules
from terraloom.ingest import IngestResult, Parsed, apply
from terraloom.records import Metric, Observation, Payload, Quality, Station
from terraloom.sources import SourceInfo

HEAT = Metric(id="heat", title="Heat", unit="Cel", low=-90.0, high=60.0, field="test")
LEVEL = Metric(id="level", title="Level", unit="m", low=-10.0, high=10.0, field="test", hourly=False)
SOURCE = SourceInfo(
    id="made-values",
    title="Made values",
    provider="tests",
    agency="made",
    url="https://made.test/values",
    every="1m",
    emits=Observation,
    metrics=(HEAT, LEVEL),
    licence="none",
    citation="none",
)
START = datetime(2026, 3, 1, tzinfo=UTC)


def value(
    minutes: float, number: float | None, metric: str = "heat", station: str = "made/a", **more: Any
) -> Observation:
    """One value, so many minutes after `START`."""
    return Observation(
        metric=metric, station=station, time=START + timedelta(minutes=minutes), value=number, **more
    )


def put(
    connection: Connection[Any],
    values: Sequence[Observation | Station],
    *,
    fetched: datetime | float = 0.0,
    source: SourceInfo = SOURCE,
    store: Objects | None = None,
) -> IngestResult:
    """Apply values as one payload, fetched so many minutes after `START`; `store` is where cold files are."""
    at = fetched if isinstance(fetched, datetime) else START + timedelta(minutes=fetched)
    payload = Payload(source=source.id, url=source.url, fetched_at=at, body=repr(values).encode())
    parsed = Parsed(
        payload,
        source,
        observations=[v for v in values if isinstance(v, Observation)],
        stations=[v for v in values if isinstance(v, Station)],
    )
    with connection.transaction():
        record_many(connection, [payload], licences={})
        [result] = apply(connection, [parsed], Rules(), archive=store and Archive(store))
    return result


def recounted(connection: Connection[Any], span: str) -> list[tuple[Any, ...]]:
    """What hours or days come to, counted from the table."""
    return connection.execute(
        "SELECT series, date_trunc(%(span)s, time, 'UTC') AS start, count(*) FILTER (WHERE flag = 0), "
        "count(*) FILTER (WHERE flag NOT IN (0, 4)), sum(value ORDER BY time) FILTER (WHERE flag = 0), "
        "min(value) FILTER (WHERE flag = 0), max(value) FILTER (WHERE flag = 0), "
        "(array_agg(value ORDER BY time DESC) FILTER (WHERE flag = 0))[1] "
        "FROM observations JOIN series ON series.id = series JOIN metrics ON metrics.id = metric "
        "WHERE %(span)s = 'day' OR hourly GROUP BY 1, 2 ORDER BY 1, 2",
        {"span": span},
    ).fetchall()


def kept(connection: Connection[Any], span: str) -> list[tuple[Any, ...]]:
    """What is kept of hours or days."""
    table = {"hour": "observations_hourly", "day": "observations_daily"}[span]
    return connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # type: ignore[call-overload]


def series_recounted(connection: Connection[Any]) -> list[tuple[Any, ...]]:
    """What is known of each series, counted from the tables."""
    return connection.execute(
        "SELECT s.id, count(o.series) FILTER (WHERE flag = 0), count(*) FILTER (WHERE flag NOT IN (0, 4)), "
        "count(*) FILTER (WHERE flag = 4), "
        "(SELECT count(*) FROM observation_revisions r WHERE r.series = s.id), min(time), max(time), "
        "max(time) FILTER (WHERE flag = 0), (array_agg(value ORDER BY time DESC) FILTER (WHERE flag = 0))[1] "
        "FROM series s LEFT JOIN observations o ON o.series = s.id GROUP BY s.id ORDER BY s.id"
    ).fetchall()


def series_kept(connection: Connection[Any]) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT id, n, flagged, withdrawn, revisions, first_time, last_time, last_good, last_value "
        "FROM series ORDER BY id"
    ).fetchall()


def values() -> st.SearchStrategy[Observation]:
    """Values that meet each other often: few series, few times, some of them doubtful or withdrawn."""
    number = st.one_of(st.none(), st.floats(-80, 59), st.just(1000.0))

    def make(minutes: int, number: float | None, metric: str, station: str) -> Observation:
        quality = {None: Quality.WITHDRAWN, 1000.0: Quality.OUT_OF_RANGE}.get(number, Quality.GOOD)
        return value(minutes, number, metric, station, quality=quality)

    minutes = st.integers(0, 30).map(lambda n: n * 17) | st.integers(-5, 5).map(lambda n: n * 1440)
    return st.builds(
        make, minutes, number, st.sampled_from(["heat", "level"]), st.sampled_from(["made/a", "made/b"])
    )


def everything(connection: Connection[Any]) -> Iterable[list[tuple[Any, ...]]]:
    for query in (
        "SELECT series, time, value, lon, lat, flag, revision FROM observations ORDER BY 1, 2",
        "SELECT series, time, revision, value, flag FROM observation_revisions ORDER BY 1, 2, 3",
        "SELECT id, metric, station, n, flagged, withdrawn, revisions, first_time, last_time, last_good, "
        "last_value FROM series ORDER BY 1",
        "SELECT * FROM observations_hourly ORDER BY 1, 2",
        "SELECT * FROM observations_daily ORDER BY 1, 2",
    ):
        yield connection.execute(query).fetchall()  # type: ignore[call-overload]


DAYS, PER_DAY = 14, 1440


def scrambled(series: int, seed: int) -> Iterator[tuple[float, list[Observation]]]:
    """
    Payloads, with the minute at which each was fetched, of `series` * 14 days of minutes: days in any order,
    with revisions, withdrawals, repeats and doubts among them, and payloads that come in after later ones.
    """
    chance = random.Random(seed)
    days = [(n, day) for n in range(series) for day in range(DAYS)]
    chance.shuffle(days)
    said: list[list[tuple[int, int]]] = [[]]
    for start in range(0, len(days), 20):
        fresh = [(n, day * PER_DAY + m) for n, day in days[start : start + 20] for m in range(PER_DAY)]
        again = chance.choice(said)  # part of an earlier payload
        chance.shuffle(fresh)
        yield start + chance.uniform(-60, 60), [_any_value(chance, *one) for one in (*fresh, *again)]
        said.append(chance.sample(fresh, 1500))


def _any_value(chance: random.Random, n: int, minute: int) -> Observation:
    kind = chance.random()
    number = None if kind < 0.01 else 999.0 if kind < 0.02 else round(chance.uniform(-9, 9), 2)
    quality = {None: Quality.WITHDRAWN, 999.0: Quality.OUT_OF_RANGE}.get(number, Quality.GOOD)
    return value(minute, number, ("heat", "level")[n % 2], f"made/{n // 2}", quality=quality)
