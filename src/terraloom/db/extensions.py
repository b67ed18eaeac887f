"""Which PostgreSQL extensions a server has: used where present, never required."""

from __future__ import annotations

import psycopg
from msgspec import Struct
from psycopg.rows import class_row

WANTED = {
    "postgis": "geometry columns, their GiST indexes and validity checks",
    "vector": "search by meaning (pgvector)",
    "timescaledb": "compressed time series",
}


class Extension(Struct, frozen=True, kw_only=True):
    """One extension, as this database has it. Versions are empty where there is none."""

    name: str
    state: str  # installed | available | absent
    installed: str
    available: str

    @property
    def used_for(self) -> str:
        return WANTED[self.name]


FIND = """
SELECT name,
       CASE WHEN e.extname IS NOT NULL THEN 'installed'
            WHEN a.name IS NOT NULL THEN 'available'
            ELSE 'absent' END AS state,
       coalesce(e.extversion, '') AS installed,
       coalesce(a.default_version, '') AS available
FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (name, n)
LEFT JOIN pg_extension e ON e.extname = name
LEFT JOIN pg_available_extensions a USING (name)
ORDER BY n
"""


def extensions(connection: psycopg.Connection) -> list[Extension]:
    """The extensions Terraloom can use, with their state in the database of `connection`."""
    with connection.cursor(row_factory=class_row(Extension)) as cursor:
        return cursor.execute(FIND, [list(WANTED)]).fetchall()
