"""Geometry columns, against PostgreSQL 15 with PostGIS from the system's packages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from databases import create_database
from made import FEEDS, polled, rows
from terraloom.archive import Archive
from terraloom.db.extensions import extensions
from terraloom.db.migrate import migrate
from terraloom.db.postgis import POINTS, SHAPES, geometry_columns
from terraloom.db.server import Server
from terraloom.hazards.rules import Rules
from terraloom.ingest import ingest
from terraloom.rebuild import rebuild

pytestmark = pytest.mark.postgis

ALL_COLUMNS = sorted([(table, "location") for table in POINTS] + [(table, "shape") for table in SHAPES])
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}
BOW_TIE = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}


def debian_binaries() -> Path | None:
    """Programs of the newest PostgreSQL of the system that has PostGIS."""
    found = sorted(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
    return Path("/usr/lib/postgresql") / found[-1].parts[-3] / "bin" if found else None


@pytest.fixture(scope="module")
def postgis_server(data_folder: Path) -> Iterator[str]:
    binaries = debian_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL with PostGIS here: apt-get install postgresql-15 postgresql-15-postgis-3")
    server = Server(data_folder / "postgis", binaries)
    server.initialise()
    server.start()
    yield server.url("postgres")
    server.stop()


@pytest.fixture
def url(postgis_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database on it."""
    name = f"t{abs(hash(request.node.name))}"
    yield create_database(postgis_server, name)
    with psycopg.connect(postgis_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def add_event(connection: psycopg.Connection, geometry: object, **fields: Any) -> Any:
    """Write one event as the pipeline does, naming no geometry column; returns what PostGIS made of it."""
    values = {"lon": 1.0, "lat": 1.0, "geometry": Jsonb(geometry) if geometry else None, **fields}
    return connection.execute(
        "INSERT INTO disaster_events (id, founded_seq, state, event_type, title, description, url, lon, lat,"
        " onset, updated_at, magnitude_type, status, agencies, reports, geometry, changed_seq)"
        " VALUES (gen_random_uuid(), 1, 'current', 'FL', '', '', '', %(lon)s, %(lat)s, now(), now(), '', '',"
        " '{}', 1, %(geometry)s, 1) RETURNING ST_AsText(location), ST_AsText(shape)",
        values,
    ).fetchone()


def test_every_table_with_places_gets_geometry(url: str) -> None:
    migrate(url)
    with psycopg.connect(url) as connection:
        assert geometry_columns(connection) == ALL_COLUMNS


def test_geometry_follows_from_the_ordinary_columns(url: str) -> None:
    migrate(url)
    with psycopg.connect(url) as connection:
        point, shape = add_event(connection, SQUARE, lon=12.5, lat=-7.25)
    assert point == "POINT(12.5 -7.25)"
    assert shape == "POLYGON((0 0,2 0,2 2,0 2,0 0))"


def test_an_event_without_a_place_has_no_geometry(url: str) -> None:
    migrate(url)
    with psycopg.connect(url) as connection:
        assert add_event(connection, None, lon=None, lat=None) == (None, None)


def test_a_polygon_that_crosses_itself_is_made_valid(url: str) -> None:
    migrate(url)
    with psycopg.connect(url) as connection:
        assert add_event(connection, BOW_TIE)[1].startswith("MULTIPOLYGON")


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon"},
        {"type": "Nonsense", "coordinates": [1]},
        {"type": "Point", "coordinates": "x"},
        [1],
    ],
    ids=str,
)
def test_geojson_that_cannot_be_read_costs_only_the_shape(url: str, geometry: object) -> None:
    migrate(url)
    with psycopg.connect(url) as connection:
        assert add_event(connection, geometry) == ("POINT(1 1)", None)


def test_heights_are_dropped_from_shapes(url: str) -> None:
    migrate(url)
    with psycopg.connect(url) as connection:
        assert add_event(connection, {"type": "Point", "coordinates": [1, 2, 3]})[1] == "POINT(1 2)"


def test_a_place_off_the_globe_is_refused(url: str) -> None:
    migrate(url)
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        add_event(connection, None, lon=181.0)


def test_a_search_by_place_uses_the_index(url: str) -> None:
    migrate(url)
    with psycopg.connect(url) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute(
            "EXPLAIN SELECT id FROM disaster_events WHERE location && ST_MakeEnvelope(0, 0, 1, 1, 4326)"
        ).fetchall()
    assert any("disaster_events_location" in line for (line,) in plan)


def test_migrating_again_adds_nothing(url: str) -> None:
    migrate(url)
    migrate(url)
    with psycopg.connect(url) as connection:
        assert geometry_columns(connection) == ALL_COLUMNS


def test_rows_that_were_there_before_get_geometry(url: str) -> None:
    migrate(url, postgis=False)
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO track_points VALUES ('nhc', 'al012030', '2030-08-01T00:00Z', -45.5, 12.25)"
        )
    migrate(url)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT ST_X(location), ST_Y(location) FROM track_points").fetchone() == (
            -45.5,
            12.25,
        )


def test_it_can_be_left_out(url: str) -> None:
    migrate(url, postgis=False)
    with psycopg.connect(url) as connection:
        assert [e.state for e in extensions(connection) if e.name == "postgis"] == ["available"]
        assert geometry_columns(connection) == []


def test_going_back_to_the_base_leaves_nothing(url: str) -> None:
    migrate(url)
    migrate(url, "base")
    with psycopg.connect(url) as connection:
        assert [e.state for e in extensions(connection) if e.name == "postgis"] == ["available"]
        assert connection.execute(
            "SELECT count(*) FROM pg_proc WHERE proname LIKE 'terraloom%'"
        ).fetchone() == (0,)
    migrate(url)


def test_an_extension_of_somebody_else_stays(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA gis; CREATE EXTENSION postgis SCHEMA gis")
    migrate(url)
    migrate(url, "base")
    with psycopg.connect(url) as connection:
        assert [e.state for e in extensions(connection) if e.name == "postgis"] == ["installed"]


def test_postgis_in_a_schema_of_its_own_works_alike(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA gis; CREATE EXTENSION postgis SCHEMA gis")
    migrate(url)
    with psycopg.connect(url) as connection:
        connection.execute("SET search_path = public, gis")
        assert add_event(connection, SQUARE)[1].startswith("POLYGON")


def test_a_user_who_may_not_add_extensions_gets_the_plain_schema(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS plain")
        connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("GRANT ALL ON SCHEMA public TO plain")
    plain = url.replace("postgres@", "plain@")
    migrate(plain)
    with psycopg.connect(plain) as connection:
        assert geometry_columns(connection) == []
        connection.execute("TABLE disaster_events")


def test_extensions_are_reported_with_versions(url: str) -> None:
    migrate(url)
    with psycopg.connect(url) as connection:
        found = {e.name: e for e in extensions(connection)}
    assert found["postgis"].state == "installed"
    assert found["postgis"].installed.startswith("3.")
    assert set(found) == {"postgis", "vector", "timescaledb"}


def test_ingestion_gives_the_same_record_with_geometry(url: str, database_url: str, tmp_path: Path) -> None:
    migrate(url)
    archive = Archive.open(tmp_path, fsync=False)
    payloads = polled(hours=[26, 30, 40], feeds=(*FEEDS, "ndbc-latest"))
    with psycopg.connect(database_url) as without, psycopg.connect(url) as connection:
        ingest(without, archive, payloads, Rules())
        ingest(connection, archive, payloads, Rules())
        assert rows(connection) == rows(without)
        for table in POINTS:
            places = f"SELECT count(location), count(lon) FROM {table}"
            filled, given = connection.execute(places).fetchone() or (0, 0)
            assert filled == given > 0, table
        for table in SHAPES:
            shapes = f"SELECT count(shape), count(geometry) FROM {table}"
            filled, given = connection.execute(shapes).fetchone() or (0, 0)
            assert filled == given > 0, table
        found = rebuild(connection, archive, Rules(), replace=False)
        assert [one for one in found if not one.same] == []
