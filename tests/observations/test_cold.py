"""Months move to files and back, and nobody can tell by what is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from measuring import START, everything, kept, put, series_kept, value, values
from terraloom.archive.objects import Objects
from terraloom.errors import ArchiveError
from terraloom.observations import partitions, query, reading, standing
from terraloom.observations.cold import checking, content, freezing, manifest
from terraloom.observations.cold.thawing import thaw
from terraloom.observations.wanted import Resolution, Wanted
from terraloom.records import Observation, Quality

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MONTH = 31 * 1440  # minutes: START is the beginning of a month of 31 days


def freeze_all(connection: Connection[Any], store: Objects) -> list[str]:
    """Move every partition that there is."""
    connection.commit()
    moved = [freezing.freeze(connection, store, one, NOW) for one in partitions.existing(connection)]
    return [one.name for one in moved if one is not None]


def answers(connection: Connection[Any], store: Objects, limit: int = 1000) -> bytes:
    """Every page of everything that can be asked, as JSON."""
    found: list[Any] = []
    for resolution in Resolution:
        qualities = list(Quality) if resolution is Resolution.RAW else [Quality.GOOD]
        wanted = Wanted(since=START - timedelta(days=900), resolution=resolution, qualities=qualities)
        cursor: str | None = ""
        while cursor is not None:
            page = query.values(connection, store, wanted, limit=limit, cursor=cursor)
            found.append(page)
            cursor = page.next
    connection.commit()
    return msgspec.json.encode(found)


def several_months(connection: Connection[Any]) -> None:
    for n in range(4):
        at = [n * MONTH + m for m in (0, 7, 1440, 20_000)]
        put(connection, [value(m, float(m % 50)) for m in at], fetched=n)
        put(connection, [value(m, m / 3e4, "level", "made/b", lon=5.0, lat=-6.0) for m in at], fetched=n)
    put(
        connection,
        [value(7, None, quality=Quality.WITHDRAWN), value(0, 999.0, quality=Quality.SUSPECT)],
        fetched=9,
    )


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_the_same_is_answered_before_and_after_freezing(
    connection: Connection[Any], store: Objects, limit: int
) -> None:
    several_months(connection)
    before = answers(connection, store, limit)
    rollups = kept(connection, "hour"), kept(connection, "day"), series_kept(connection)
    assert len(freeze_all(connection, store)) == 4
    assert connection.execute("SELECT count(*) FROM observations").fetchone() == (0,)
    assert answers(connection, store, limit) == before
    assert (kept(connection, "hour"), kept(connection, "day"), series_kept(connection)) == rollups


def test_some_cold_and_some_not_is_answered_alike(
    connection: Connection[Any], store: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    several_months(connection)
    before = answers(connection, store, 5)
    for name in ("observations_2026_04", "observations_2026_06"):
        connection.commit()
        [one] = [p for p in partitions.existing(connection) if p.name == name]
        assert freezing.freeze(connection, store, one, NOW)
    assert answers(connection, store, 5) == before
    monkeypatch.setattr(standing, "AT_ONCE", 1)  # each series by itself
    monkeypatch.setattr(reading, "LEAST", 1)
    assert answers(connection, store, 2) == answers(connection, store, 2)
    assert answers(connection, store, 5) == before


@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(payloads=st.lists(st.lists(values(), min_size=1, max_size=8), min_size=1, max_size=5), data=st.data())
def test_freezing_at_any_time_changes_nothing(
    connection: Connection[Any], store: Objects, payloads: list[list[Observation]], data: st.DataObject
) -> None:
    frozen = data.draw(st.sets(st.integers(0, len(payloads) - 1)), label="frozen after")
    found = []
    for freezes in (set(), frozen):
        clear(connection)
        for n, payload in enumerate(payloads):
            put(connection, payload, fetched=n, store=store)
            if n in freezes:
                freeze_all(connection, store)
        bring_back(connection, store)
        found.append(list(everything(connection)))
        connection.commit()
    assert found[0] == found[1]


def clear(connection: Connection[Any]) -> None:
    connection.commit()
    for one in partitions.existing(connection):
        connection.execute(f"DROP TABLE {one.name}")  # type: ignore[call-overload]
    connection.execute(
        "TRUNCATE observations, observation_revisions, series, stations, observations_hourly, "
        "observations_daily, ingests, quarantine, cold_partitions, payloads CASCADE"
    )
    connection.commit()


def bring_back(connection: Connection[Any], store: Objects) -> None:
    for one in manifest.everything(connection):
        thaw(connection, store, one)
    connection.commit()


def test_a_late_value_brings_its_month_back_and_no_other(connection: Connection[Any], store: Objects) -> None:
    several_months(connection)
    freeze_all(connection, store)
    result = put(connection, [value(MONTH + 3, 5.0), value(MONTH, 6.0)], fetched=20, store=store)
    assert (result.observed, result.revised) == (1, 1)
    assert [one.name for one in partitions.existing(connection)] == ["observations_2026_04"]
    assert "observations_2026_04" not in [one.name for one in manifest.everything(connection)]
    assert connection.execute("SELECT count(*) FROM observations").fetchone() == (9,)


def test_what_a_file_says_already_brings_nothing_back(connection: Connection[Any], store: Objects) -> None:
    several_months(connection)
    freeze_all(connection, store)
    history = [value(n * MONTH, float(n * MONTH % 50)) for n in (1, 2, 3)]
    never = value(MONTH + 1, None, quality=Quality.WITHDRAWN)
    result = put(connection, [*history, never, value(4 * MONTH, 1.0)], fetched=20, store=store)
    assert (result.observed, result.duplicate) == (1, 4)
    assert [one.name for one in partitions.existing(connection)] == ["observations_2026_07"]


def test_without_a_storage_a_cold_span_cannot_be_written(connection: Connection[Any], store: Objects) -> None:
    several_months(connection)
    freeze_all(connection, store)
    with pytest.raises(ArchiveError, match="observations_2026_03 is in cold/"):
        put(connection, [value(3, 5.0)], fetched=20)


def test_the_newest_value_is_found_in_a_file(connection: Connection[Any], store: Objects) -> None:
    put(connection, [value(0, 1.0), value(30, 2.0), value(MONTH, 3.0)])
    freeze_all(connection, store)
    put(connection, [value(MONTH, None, quality=Quality.WITHDRAWN)], fetched=9, store=store)
    assert [one.name for one in manifest.everything(connection)] == ["observations_2026_03"]
    newest = connection.execute("SELECT last_good, last_value FROM series").fetchone()
    assert newest == (START + timedelta(minutes=30), 2.0)


def test_a_cold_value_is_explained_with_its_versions(connection: Connection[Any], store: Objects) -> None:
    put(connection, [value(0, 1.0)])
    put(connection, [value(0, 2.0)], fetched=9)
    before = query.explain(connection, store, "heat", "made/a", START)
    freeze_all(connection, store)
    assert query.explain(connection, store, "heat", "made/a", START) == before


def test_an_s3_store_will_do(connection: Connection[Any], s3_url: str) -> None:
    store = Objects.open_at(s3_url)
    several_months(connection)
    before = answers(connection, store)
    assert len(freeze_all(connection, store)) == 4
    assert answers(connection, store) == before
    put(connection, [value(3, 5.0)], fetched=20, store=store)
    assert [one.name for one in partitions.existing(connection)] == ["observations_2026_03"]
    assert checking.verify(connection, store, now=NOW).problems == []


def test_a_check_finds_what_is_lost_altered_or_left_over(connection: Connection[Any], store: Objects) -> None:
    several_months(connection)
    freeze_all(connection, store)
    whole = checking.verify(connection, store, now=NOW)
    assert (whole.partitions, whole.rows, whole.problems, whole.strays) == (4, 32, [], [])
    march, april, may, june = manifest.everything(connection)
    store.delete(march.path)
    store.put(april.path, store.get(may.path))
    thaw(connection, store, may)
    connection.commit()
    found = checking.verify(connection, store, now=NOW)
    assert [problem.partition for problem in found.problems] == [march.name, april.name]
    assert (found.rows, found.strays) == (june.rows, [may.path])
    young = checking.verify(connection, store, now=datetime.now(UTC))
    assert young.strays == []
    assert checking.sweep(connection, store, [may.path, june.path]) == 1
    assert not store.exists(may.path)


@pytest.mark.parametrize(
    ("now", "months", "names"),
    [
        ((2026, 5, 1), 1, ["observations_1980s", "observations_2026_03"]),
        ((2026, 4, 30), 1, ["observations_1980s"]),
        ((2028, 4, 1), 24, ["observations_1980s", "observations_2026_03"]),
        ((2009, 12, 31), 240, []),
        ((2010, 1, 1), 240, ["observations_1980s"]),
    ],
)
def test_what_is_old_enough_as_a_whole_is_due(
    connection: Connection[Any], now: tuple[int, int, int], months: int, names: list[str]
) -> None:
    put(connection, [value(0, 1.0), value(-21_000_000, 1.0)])
    found = freezing.due(connection, datetime(*now, tzinfo=UTC), months)
    assert [one.name for one in found] == names


def test_duckdb_alone_reads_the_files(connection: Connection[Any], store: Objects) -> None:
    several_months(connection)
    query = (
        "SELECT metric, station, count(*), count(value), min(value), max(value), min(time), max(time) "
        "FROM {} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    table = "observations JOIN series ON series.id = series"
    expected = connection.execute(query.format(table)).fetchall()  # type: ignore[call-overload]
    freeze_all(connection, store)
    duck = duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    assert duck.execute(query.format(f"'{store.url}/cold/*.parquet'")).fetchall() == expected
    found = duck.execute(f"SELECT DISTINCT metric, unit FROM '{store.url}/cold/*.parquet' ORDER BY 1")
    assert found.fetchall() == [("heat", "Cel"), ("level", "m")]


def test_what_is_written_while_a_month_moves_keeps_it_in_the_table(
    connection: Connection[Any], store: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    several_months(connection)
    connection.commit()
    meanwhile(monkeypatch, lambda: put(connection, [value(5, 3.0)], fetched=30))
    [march, *_] = partitions.existing(connection)
    assert freezing.freeze(connection, store, march, NOW) is None
    assert list(store.listed("cold")) == []
    assert connection.execute("SELECT count(*) FROM observations WHERE value = 3").fetchone() == (1,)


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Do something after a file was written and checked, and before its rows go."""
    real = freezing.check

    def check(*given: Any) -> None:
        real(*given)
        act()

    monkeypatch.setattr(freezing, "check", check)


def test_a_file_that_comes_back_altered_moves_nothing(
    connection: Connection[Any], store: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    several_months(connection)
    monkeypatch.setattr(store, "put_file", lambda path, file: store.put(path, file.read_bytes()[:-1] + b"?"))
    connection.commit()
    [march, *_] = partitions.existing(connection)
    with pytest.raises(ArchiveError, match="SHA-256"):
        freezing.freeze(connection, store, march, NOW)
    assert connection.execute("SELECT count(*) FROM cold_partitions").fetchone() == (0,)
    assert march in partitions.existing(connection)


@given(payload=st.lists(values(), min_size=1, max_size=20))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_checksum_of_a_file_is_that_of_the_table(
    connection: Connection[Any], store: Objects, payload: list[Observation]
) -> None:
    clear(connection)
    put(connection, payload)
    for one in partitions.existing(connection):
        expected = freezing.count(connection, one.starts, one.ends)
        cold = freezing.freeze(connection, store, one, NOW)
        assert cold is not None
        assert content.checksum(content.everything(store, cold)) == expected == (cold.rows, cold.checksum)
