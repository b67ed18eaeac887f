"""Geometry columns where PostGIS is there: generated from the ordinary ones, indexed, checked.

Nothing in Terraloom writes or needs them; they are for people with a GIS and for their queries:

- `location`, a point from `lon` and `lat`;
- `shape`, from the GeoJSON in `geometry`, made flat and valid; null where that GeoJSON cannot be read.

Longitude and latitude in degrees on WGS 84 (EPSG:4326).
"""

from __future__ import annotations

import psycopg
import structlog
from psycopg import sql

POINTS = (
    "disaster_events",
    "normalized_event_records",
    "source_events",
    "track_points",
    "location_data",
    "stations",
)
SHAPES = ("disaster_events", "normalized_event_records")
MARK = "added by Terraloom"
"""Comment on the extension where we made it, so that only then we drop it again."""

log = structlog.get_logger(__name__)

# The schema is spelled out inside, as a restored dump runs it with an empty search path. PostGIS reports
# unreadable GeoJSON as an internal error; it must not stop the record that carries it.
SHAPE_FUNCTION = """
CREATE OR REPLACE FUNCTION terraloom_shape(geojson jsonb) RETURNS {schema}.geometry
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN {schema}.ST_MakeValid({schema}.ST_Force2D(
        {schema}.ST_SetSRID({schema}.ST_GeomFromGeoJSON(geojson::text), 4326)));
EXCEPTION WHEN internal_error OR invalid_parameter_value THEN
    RETURN NULL;
END $$
"""

ADD_POINT = """
ALTER TABLE {table} ADD COLUMN IF NOT EXISTS location {schema}.geometry(Point, 4326)
    GENERATED ALWAYS AS ({schema}.ST_SetSRID({schema}.ST_MakePoint(lon, lat), 4326)) STORED,
    ADD CONSTRAINT {check} CHECK ({schema}.ST_X(location) BETWEEN -180 AND 180
                                  AND {schema}.ST_Y(location) BETWEEN -90 AND 90);
CREATE INDEX {index} ON {table} USING gist (location)
"""

ADD_SHAPE = """
ALTER TABLE {table} ADD COLUMN IF NOT EXISTS shape {schema}.geometry(Geometry, 4326)
    GENERATED ALWAYS AS (terraloom_shape(geometry)) STORED,
    ADD CONSTRAINT {check} CHECK ({schema}.ST_IsValid(shape));
CREATE INDEX {index} ON {table} USING gist (shape)
"""


def add_geometry(connection: psycopg.Connection) -> list[str]:
    """
    Add the columns that are missing; returns them as "table.column". Commits.

    Nothing happens where the extension is absent, or may not be made by this database user.
    """
    schema = _extension_schema(connection)
    if schema is None:
        return []
    _execute(connection, SHAPE_FUNCTION, schema)
    added = [_add(connection, ADD_POINT, table, "location", schema) for table in POINTS]
    added += [_add(connection, ADD_SHAPE, table, "shape", schema) for table in SHAPES]
    connection.commit()
    names = [name for name in added if name]
    if names:
        log.info("postgis.columns_added", columns=names)
    return names


def remove_geometry(connection: psycopg.Connection, *, extension: bool = False) -> None:
    """Drop the columns, and with `extension` the extension too, where we made it. Commits."""
    for table, column in geometry_columns(connection):
        statement = sql.SQL("ALTER TABLE {} DROP COLUMN {}")
        connection.execute(statement.format(sql.Identifier(table), sql.Identifier(column)))
    connection.execute("DROP FUNCTION IF EXISTS terraloom_shape(jsonb)")
    connection.commit()
    if extension and _is_ours(connection):
        _drop_extension(connection)


def geometry_columns(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """The columns this module has added, as (table, column)."""
    return connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND udt_name = 'geometry' AND is_generated = 'ALWAYS'"
        " AND table_name = ANY(%s) AND column_name IN ('location', 'shape') ORDER BY 1, 2",
        [list(POINTS)],
    ).fetchall()


def _extension_schema(connection: psycopg.Connection) -> str | None:
    """The schema PostGIS lives in; makes the extension where it is available. None: there is none."""
    found = connection.execute(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
        " WHERE e.extname = 'postgis'"
    ).fetchone()
    if found:
        return str(found[0])
    available = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'").fetchone()
    if not available or not _create_extension(connection):
        return None
    return _extension_schema(connection)


def _create_extension(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("CREATE EXTENSION postgis")
    except psycopg.errors.InsufficientPrivilege:
        connection.rollback()
        log.info("postgis.not_permitted", hint="as a superuser: CREATE EXTENSION postgis")
        return False
    connection.execute(sql.SQL("COMMENT ON EXTENSION postgis IS {}").format(sql.Literal(MARK)))
    return True


def _add(connection: psycopg.Connection, statement: str, table: str, column: str, schema: str) -> str:
    """Add one column with its index and check; "" where it is there already."""
    if (table, column) in geometry_columns(connection):
        return ""
    _execute(
        connection, statement, schema, table=table, check=f"{table}_{column}_valid", index=f"{table}_{column}"
    )
    return f"{table}.{column}"


def _execute(connection: psycopg.Connection, statement: str, schema: str, **names: str) -> None:
    identifiers = {key: sql.Identifier(name) for key, name in {"schema": schema, **names}.items()}
    connection.execute(sql.SQL(statement).format(**identifiers))


def _is_ours(connection: psycopg.Connection) -> bool:
    found = connection.execute(
        "SELECT obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname = 'postgis'"
    ).fetchone()
    return found is not None and found[0] == MARK


def _drop_extension(connection: psycopg.Connection) -> None:
    try:
        connection.execute("DROP EXTENSION postgis")
        connection.commit()
    except psycopg.errors.DependentObjectsStillExist:
        connection.rollback()
        log.info("postgis.kept", reason="other tables use it")
