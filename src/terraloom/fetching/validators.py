"""What a conditional GET sends, and when it may: only for what was archived whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import Struct
from psycopg import Connection
from psycopg_pool import ConnectionPool

from terraloom.records import Payload

SAVE = """
INSERT INTO http_validators (source, url, etag, last_modified)
SELECT DISTINCT ON (source, url) source, url, etag, last_modified
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
     WITH ORDINALITY AS new (source, url, etag, last_modified, n)
ORDER BY source, url, n DESC
ON CONFLICT (source, url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified
"""


class Validator(Struct, frozen=True):
    """ETag and Last-Modified as the upstream sent them with what is archived; "" where it sent none."""

    etag: str = ""
    last_modified: str = ""


class Validators(Protocol):
    """Where the client looks up what it holds already."""

    def load(self, source: str, url: str) -> Validator | None:
        """What was confirmed for this source and (redacted) url."""
        ...


class StoredValidators:
    """Validators in table `http_validators`."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def load(self, source: str, url: str) -> Validator | None:
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT etag, last_modified FROM http_validators WHERE source = %s AND url = %s",
                [source, url],
            ).fetchone()
        return Validator(*row) if row else None


def confirm(connection: Connection[Any], payloads: Sequence[Payload]) -> None:
    """
    From now on, ask for these urls only if they changed. Does not commit.

    Call it when a poll has ended well *and* all of its payloads are archived. Earlier would lose data: a
    poll that reads a list and then fails at its second file would be told "not modified" ever after.
    """
    rows = [(p.source, p.url, p.etag, p.last_modified) for p in payloads if p.status == 200]
    if rows:
        connection.execute(SAVE, [list(column) for column in zip(*rows, strict=True)])
