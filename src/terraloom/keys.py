"""API keys of the service: 256 random bits, shown once, kept as SHA-256.

A plain hash is enough here, unlike for passwords: nobody guesses 256 random bits.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import dict_row

from terraloom.errors import ConfigError

PREFIX = "tl_"  # so that a key that leaked into a file can be recognised


def digest(key: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def create(
    connection: Connection[Any],
    name: str,
    *,
    now: datetime,
    new_token: Callable[[], str] = secrets.token_urlsafe,
) -> str:
    """A new key for `name`. Raises `ConfigError` where the name is taken, revoked or not."""
    if not name.strip():
        raise ConfigError("key name", name, "a name")
    key = PREFIX + new_token()
    try:
        connection.execute(
            "INSERT INTO api_keys (name, sha256, created_at) VALUES (%s, %s, %s)", [name, digest(key), now]
        )
    except UniqueViolation as error:
        raise ConfigError("key name", name, "a name that no key has had") from error
    return key


def listing(connection: Connection[Any]) -> list[dict[str, Any]]:
    """All keys by name: when made, when revoked. Neither key nor hash."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("SELECT name, created_at, revoked_at FROM api_keys ORDER BY name").fetchall()


def revoke(connection: Connection[Any], name: str, *, now: datetime) -> None:
    """End a key's life; again is no error. Raises `ConfigError` where there is no such key."""
    done = connection.execute(
        "UPDATE api_keys SET revoked_at = coalesce(revoked_at, %s) WHERE name = %s", [now, name]
    )
    if done.rowcount == 0:
        raise ConfigError("key name", name, "a name that `terraloom auth key list` shows")
