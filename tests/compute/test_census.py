"""The census of made spots is what one query finds, and its corridors become observations."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from terraloom.cli import build
from terraloom.compute import census
from terraloom.ingest import parse
from terraloom.universe.wspr_spots import write_spots

MONTHS = [
    datetime(2020, 11, 1, tzinfo=UTC),
    datetime(2020, 12, 1, tzinfo=UTC),
    datetime(2021, 1, 1, tzinfo=UTC),
]
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(scope="module")
def spots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months of spots."""
    folder = tmp_path_factory.mktemp("spots")
    for since, until in pairwise(MONTHS):
        write_spots(folder / f"wspr_raw_{since:%Y%m}.parquet", since=since, until=until, per_slot=2)
    return folder


@pytest.fixture
def counted(
    spots: Path, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, dict[str, Any]]:
    """Where `terraloom wspr census` wrote its tables, and what it said."""
    monkeypatch.setenv("TERRALOOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TERRALOOM_DATABASE_URL", database_url)
    words = [
        "wspr",
        "census",
        str(spots),
        "--output",
        str(tmp_path / "census"),
        "--engine",
        "inline",
        "--json",
    ]
    ran = CliRunner().invoke(build("wspr"), words, catch_exceptions=False)
    assert ran.exit_code == 0
    return tmp_path / "census", json.loads(ran.output)


def asked(spots: Path, query: str) -> list[Any]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE VIEW spots AS SELECT * FROM read_parquet('{spots}/*.parquet')")
        return connection.sql(query).fetchall()


def test_every_table_is_what_one_query_finds(counted: tuple[Path, Any], spots: Path) -> None:
    folder, _ = counted
    for table, keys in {
        "months": "date_trunc('month', time)::TIMESTAMP, band",
        "calendar": "date_trunc('month', time)::TIMESTAMP",
        "bands": "band",
        "hours": "band, hour(time)",
        "corridors": "date_trunc('month', time)::TIMESTAMP, band, left(tx_loc, 2), left(rx_loc, 2)",
    }.items():
        expected = asked(spots, f"SELECT {keys}, count(*) FROM spots GROUP BY ALL ORDER BY ALL")
        found = pq.read_table(folder / f"{table}.parquet")
        names = [*found.column_names[: len(expected[0]) - 1], "spots"]
        assert list(zip(*(found[name].to_pylist() for name in names), strict=True)) == expected, table


def test_bands_tell_of_snr_distances_stations_and_ways(counted: tuple[Path, Any], spots: Path) -> None:
    folder, _ = counted
    bands = {row["band"]: row for row in json.loads((folder / "census.json").read_text())["bands"]}
    query = """SELECT band, quantile_disc(snr, [0.1, 0.5, 0.9]), avg(snr), stddev(snr), max(distance),
        count(DISTINCT tx_sign), count(DISTINCT (tx_sign, rx_sign)), count(*) FILTER (distance < 500)
        FROM spots GROUP BY band"""
    for band, quantiles, mean, deviation, far, senders, paths, near in asked(spots, query):
        found = bands[band]
        assert [found["snr_tenth"], found["snr_median"], found["snr_ninetieth"]] == quantiles
        assert (found["snr"], found["snr_deviation"]) == (pytest.approx(mean), pytest.approx(deviation))
        assert found["farthest"][0]["value"] == far
        assert found["senders"] == pytest.approx(senders, rel=0.07)
        assert found["paths"] == pytest.approx(paths, rel=0.07)
        assert sum(span["count"] for span in found["distances"] if span["to"] == 500) == near


def test_the_busiest_corridors_are_observed(
    counted: tuple[Path, Any], spots: Path, database_url: str
) -> None:
    _, said = counted
    month, band, sender, receiver, count = asked(
        spots,
        "SELECT date_trunc('month', time)::TIMESTAMP m, band, left(tx_loc, 2) a, left(rx_loc, 2) b, count(*)"
        " FROM spots WHERE a <> b GROUP BY ALL ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT 1",
    )[0]
    with psycopg.connect(database_url) as connection:
        connection.execute("SET timezone = 'UTC'")
        rows = connection.execute(
            "SELECT o.value FROM observations o JOIN series s ON s.id = o.series"
            " WHERE s.station = %s AND s.metric = 'wspr_spots_month' AND o.time = %s",
            [f"wspr/{band}/{sender}-{receiver}", month.replace(tzinfo=UTC)],
        ).fetchall()
    assert rows == [(float(count),)]
    assert said["observed"] == 3 * sum(min(census.BUSIEST, n) for n in corridors_by_month(spots))


def corridors_by_month(spots: Path) -> list[int]:
    each = "count(DISTINCT (band, left(tx_loc, 2), left(rx_loc, 2)))"
    return [row[0] for row in asked(spots, f"SELECT {each} FROM spots GROUP BY date_trunc('month', time)")]


def test_noise_is_no_corridor_and_the_busiest_are_first() -> None:
    month = datetime(2020, 11, 1)
    rows = [
        {"month": month, "band": band, "sender": a, "receiver": b, "spots": n, "snr": -9.5, "farthest": 900}
        for band, a, b, n in [
            (14, "JO", "FN", 5),
            (14, "JO", "IO", 7),
            (3, "ZZ", "JO", 9),
            (99, "JO", "JO", 9),
        ]
    ]
    made = census.payload(rows, NOW)
    assert made is not None
    values = [o for o in parse(made).observations if o.metric == "wspr_spots_month"]
    assert [(o.station, o.value) for o in values] == [("wspr/14/JO-IO", 7.0), ("wspr/14/JO-FN", 5.0)]
    assert parse(made).rejects == []
    assert census.payload([], NOW) is None
