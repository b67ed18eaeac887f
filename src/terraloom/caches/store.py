"""Where precomputed bodies are kept: a row each, replaced as a whole, the same for every server."""

from __future__ import annotations

import gzip
import hashlib
from datetime import datetime
from importlib.resources import files
from typing import Any

from msgspec import Struct, structs
from psycopg import Connection
from psycopg.rows import class_row

from terraloom.db import bulk

CHANNEL = "terraloom_caches"
JSON, PARQUET = "application/json", "application/vnd.apache.parquet"
PACKED = {JSON}  # Parquet is compressed already
LEVEL = 6


class Cached(Struct, frozen=True, kw_only=True):
    """One body, ready to be sent. `gzip` is the same body compressed, empty where that gains nothing."""

    name: str
    variant: str
    media_type: str
    etag: str
    built_at: datetime
    body: bytes
    gzip: bytes


KEEP = """
INSERT INTO caches AS c (name, variant, media_type, etag, built_at, body, gzip)
VALUES (%(name)s, %(variant)s, %(media_type)s, %(etag)s, %(built_at)s, %(body)s, %(gzip)s)
ON CONFLICT (name, variant) DO UPDATE SET media_type = excluded.media_type, etag = excluded.etag,
    built_at = excluded.built_at, body = excluded.body, gzip = excluded.gzip
"""
TOUCH = """
UPDATE caches SET built_at = %(built_at)s
WHERE name = %(name)s AND variant = %(variant)s AND etag = %(etag)s
"""
FIND = "SELECT * FROM caches WHERE name = %s AND variant = %s"
SQL = bulk.statements(files("terraloom.caches").joinpath("caches.sql").read_text())


def keep(
    connection: Connection[Any], name: str, variant: str, media_type: str, body: bytes, built_at: datetime
) -> bool:
    """Put a body in the place of the one before; True where it differs. Does not commit."""
    row: dict[str, Any] = {"name": name, "variant": variant, "etag": etag_of(body), "built_at": built_at}
    if connection.execute(TOUCH, row).rowcount:
        return False
    packed = gzip.compress(body, LEVEL, mtime=0) if media_type in PACKED else b""
    connection.execute(KEEP, row | {"media_type": media_type, "body": body, "gzip": packed})
    return True


def touch(connection: Connection[Any], name: str, built_at: datetime) -> bool:
    """Say that a body is still as it was; False where there is none. Does not commit."""
    touched = connection.execute("UPDATE caches SET built_at = %s WHERE name = %s", [built_at, name])
    return touched.rowcount > 0


def etag_of(body: bytes) -> str:
    """Weak, because the same content may travel compressed or not."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


Bodies = dict[tuple[str, str], Cached]
"""By name and variant."""


def load_all(connection: Connection[Any], known: Bodies) -> Bodies:
    """All bodies; those that are `known` under the same ETag are not read again."""
    heads = connection.execute("SELECT name, variant, etag, built_at FROM caches").fetchall()
    found: Bodies = {}
    for name, variant, etag, built_at in heads:
        have = known.get((name, variant))
        if have is None or have.etag != etag:
            found[name, variant] = _load(connection, name, variant)
        else:
            found[name, variant] = structs.replace(have, built_at=built_at)
    return found


def _load(connection: Connection[Any], name: str, variant: str) -> Cached:
    with connection.cursor(row_factory=class_row(Cached)) as cursor:
        row = cursor.execute(FIND, [name, variant]).fetchone()
    assert row is not None, "rows of caches are replaced, never deleted"
    return row
