"""Values that were made again, beside those in use: compared, and put in their place, cold spans included."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, sql

from terraloom.observations import partitions
from terraloom.observations.cold import manifest
from terraloom.observations.cold.freezing import count
from terraloom.observations.partitions import Partition, partition_of

COLUMNS = "series, time, payload, value, lon, lat, flag, revision"
HOT = "NOT EXISTS (SELECT FROM public.cold_partitions c WHERE o.time >= c.starts AND o.time < c.ends)"
COMPARE = f"""
WITH a AS (SELECT {COLUMNS} FROM public.observations),
     b AS (SELECT {COLUMNS} FROM observations o WHERE {HOT})
SELECT (SELECT count(*) FROM observations), (SELECT count(*) FROM (TABLE a EXCEPT ALL TABLE b) x),
       (SELECT count(*) FROM (TABLE b EXCEPT ALL TABLE a) y)
"""
TAKE = f"INSERT INTO public.observations ({COLUMNS}) SELECT {COLUMNS} FROM observations o WHERE {HOT}"
MONTHS = """
SELECT DISTINCT extract(year FROM time AT TIME ZONE 'UTC')::int,
       extract(month FROM time AT TIME ZONE 'UTC')::int
FROM observations
"""


def compare(connection: Connection[Any]) -> tuple[int, int, int]:
    """
    How many rows are in the table in sight, how many only in the one in use, and how many only in sight.

    A cold span is compared by number and checksum; where these differ all of its rows count.
    """
    row = connection.execute(COMPARE).fetchone()
    assert row is not None, "counts always give a row"
    rows, used, made = row
    for cold in manifest.in_use(connection):
        found = count(connection, cold.starts, cold.ends)
        if found != (cold.rows, cold.checksum):
            used, made = used + cold.rows, made + found[0]
    return rows, used, made


def replace(connection: Connection[Any], path: str) -> None:
    """
    Put the values in sight into the table in use. Cold spans that are as they were made stay cold.

    Does not commit. `path` is the search path by which they are in sight; no value is being written.
    """
    differing = [
        cold
        for cold in manifest.in_use(connection)
        if count(connection, cold.starts, cold.ends) != (cold.rows, cold.checksum)
    ]
    held = {partition_of(*row) for row in connection.execute(MONTHS).fetchall()}
    connection.execute("SET LOCAL search_path = public")
    connection.execute("DELETE FROM observations")
    for cold in differing:
        manifest.remove(connection, cold.name)
        partitions.make(connection, Partition(cold.starts, cold.ends, cold.name))
    cold_still = {cold.name for cold in manifest.in_use(connection)}
    for partition in partitions.missing(connection, held):
        if partition.name not in cold_still:
            partitions.make(connection, partition)
    connection.execute(sql.SQL("SET LOCAL search_path = ") + sql.SQL(path))
    connection.execute(TAKE)
