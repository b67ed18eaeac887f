"""Secrets by name: table `auth_config` says where one is found and how it is sent, never what it is."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx
from msgspec import Struct
from psycopg import Connection
from psycopg_pool import ConnectionPool

from terraloom.errors import ConfigError
from terraloom.fetching.redaction import with_params

LOCATIONS = "env:NAME or file:/absolute/path"
SCHEMES = "bearer, basic, header:<Name> or query:<name>"


class Credential(Struct, frozen=True):
    """One secret and how it is sent. Printing it shows neither."""

    name: str
    scheme: str
    secret: str

    def __repr__(self) -> str:
        return f"Credential({self.name!r}, {self.scheme!r}, …)"

    def sign(self, request: httpx.Request) -> httpx.Request:
        """The same request with the secret in it."""
        kind, _, field = self.scheme.partition(":")
        url, headers = request.url, request.headers.copy()
        if kind == "query":
            url = with_params(url, {field: self.secret})
        elif kind == "header":
            headers[field] = self.secret
        elif kind == "basic":
            headers["Authorization"] = "Basic " + base64.b64encode(self.secret.encode()).decode()
        else:
            headers["Authorization"] = f"Bearer {self.secret}"
        return httpx.Request(
            request.method, url, headers=headers, stream=request.stream, extensions=request.extensions
        )


class Credentials(Protocol):
    """Where the client looks up a secret, at each request: a rotated one is used at once."""

    def find(self, name: str) -> Credential:
        """The credential of this name. Raises `ConfigError` that says what is missing."""
        ...


class StoredCredentials:
    """Credentials by table `auth_config`, with the secrets from environment or files."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def find(self, name: str) -> Credential:
        with self._pool.connection() as connection:
            return find_credential(connection, name)


def find_credential(
    connection: Connection[Any], name: str, environ: Mapping[str, str] | None = None
) -> Credential:
    """Read one credential. Raises `ConfigError` where its name or its secret is not there."""
    row = connection.execute("SELECT location, scheme FROM auth_config WHERE name = %s", [name]).fetchone()
    if row is None:
        raise ConfigError("credential", name, f"a name set by `terraloom auth set {name} …`")
    location, scheme = row
    return Credential(name, scheme, read_secret(location, environ))


def read_secret(location: str, environ: Mapping[str, str] | None = None) -> str:
    """The secret at `location`. Raises `ConfigError` that names the place, never the content."""
    kind, _, where = location.partition(":")
    environ = os.environ if environ is None else environ
    secret = _file(where) if kind == "file" else environ.get(where, "").strip()
    if not secret:
        raise ConfigError(location, "nothing", "a secret at that place")
    if not (secret.isascii() and secret.isprintable()):
        raise ConfigError(location, "characters that cannot be sent", "one line of printable ASCII")
    return secret


def _file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"file:{path}", type(error).__name__, "a readable text file") from None


def check_location(location: str) -> str:
    """`location` if it is one. Raises `ConfigError`; a secret given by mistake is not repeated."""
    kind, _, where = location.partition(":")
    if (kind == "env" and where.isidentifier()) or (kind == "file" and Path(where).is_absolute()):
        return location
    raise ConfigError("location", "something else", LOCATIONS)


def check_scheme(scheme: str) -> str:
    """`scheme` if it is one. Raises `ConfigError`."""
    kind, _, field = scheme.partition(":")
    if scheme in ("bearer", "basic") or (kind in ("header", "query") and _is_token(field)):
        return scheme
    raise ConfigError("scheme", scheme, SCHEMES)


def _is_token(field: str) -> bool:
    return bool(field) and field.isascii() and field.replace("-", "").replace("_", "").isalnum()
