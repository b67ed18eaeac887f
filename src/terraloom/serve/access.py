"""Who may do what: reading is open on loopback, writing always needs an API key.

A key's SHA-256 stands in `api_keys`; the key itself is shown once, when it is made. Scripts send it as
``X-API-Key``. A browser on a server that is not open gets it into an HttpOnly cookie at ``/signin``; the
cookie only ever reads, so that no other site can write through it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader
from starlette.requests import HTTPConnection

from terraloom.archive.objects import Objects
from terraloom.config import Settings
from terraloom.keys import digest
from terraloom.observations.standing import hold
from terraloom.runtime import Runtime
from terraloom.serve.failures import ApiError

COOKIE = "terraloom_key"
POOL_TIMEOUT_S = 5.0
key_header = APIKeyHeader(
    name="X-API-Key", auto_error=False, description="An API key (`terraloom auth key create`)."
)


def runtime(connection: HTTPConnection) -> Runtime:
    """The runtime that the app was made with."""
    found: Runtime = connection.app.state.runtime
    return found


def store_of(connection: HTTPConnection) -> Objects:
    """Where cold files are."""
    return runtime(connection).archive.store


def now(connection: HTTPConnection) -> datetime:
    """The time of the record: ours, or the simulated planet's."""
    at: datetime = connection.app.state.clock()
    return at


def reading(request: Request) -> Iterator[psycopg.Connection[Any]]:
    """A connection in one read-only snapshot, so that all parts of a reply agree."""
    with runtime(request).pool.connection(timeout=POOL_TIMEOUT_S) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        hold(connection)
        yield connection


def writing(request: Request) -> Iterator[psycopg.Connection[Any]]:
    """A connection whose transaction is committed when the request succeeds."""
    with runtime(request).pool.connection(timeout=POOL_TIMEOUT_S) as connection:
        yield connection


Reading = Annotated[psycopg.Connection[Any], Depends(reading, scope="function")]
Writing = Annotated[psycopg.Connection[Any], Depends(writing, scope="function")]


def is_open(settings: Settings) -> bool:
    """Whether reading needs no key: on loopback, or where the settings say so."""
    return settings.serve.public_read or is_loopback(settings.serve.host)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def key_name(connection: psycopg.Connection[Any], key: str | None) -> str | None:
    """The name of a valid key; None for any other."""
    if not key:
        return None
    row = connection.execute(
        "SELECT name FROM api_keys WHERE sha256 = %s AND revoked_at IS NULL", [digest(key)]
    ).fetchone()
    return str(row[0]) if row else None


def may_read(request: Request, key: Annotated[str | None, Security(key_header)] = None) -> None:
    """Raise 401 unless reading is open or a valid key comes along."""
    if not is_open(runtime(request).settings) and reader(request, key) is None:
        raise ApiError(401, "key_required", "reading here needs an API key in X-API-Key")


def reader(connection: HTTPConnection, key: str | None) -> str | None:
    """The name of the key in the header or the cookie of a request."""
    with runtime(connection).pool.connection(timeout=POOL_TIMEOUT_S) as database:
        return key_name(database, key or connection.cookies.get(COOKIE))


def may_write(request: Request, key: Annotated[str | None, Security(key_header)] = None) -> str:
    """The name of the key that writes. Raises 401 without a valid one; a cookie is not enough."""
    with runtime(request).pool.connection(timeout=POOL_TIMEOUT_S) as connection:
        name = key_name(connection, key)
    if name is None:
        raise ApiError(401, "key_required", "writing needs a valid API key in X-API-Key")
    return name


Writer = Annotated[str, Depends(may_write)]
