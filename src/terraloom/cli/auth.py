"""`terraloom auth`: where upstream secrets are found, and the keys of those who use the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from psycopg import Connection

from terraloom import keys
from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.config import load
from terraloom.errors import ConfigError
from terraloom.fetching.credentials import (
    LOCATIONS,
    SCHEMES,
    check_location,
    check_scheme,
    find_credential,
)
from terraloom.runtime import open_runtime

Name = Annotated[str, typer.Argument(help="The credential's name, as sources and webhooks use it.")]
KeyName = Annotated[str, typer.Argument(help="Whose key it is.")]


def register(app: typer.Typer) -> None:
    """Add the command groups."""
    group = typer.Typer(help="Credentials for upstreams, by name; never the secret.", no_args_is_help=True)
    group.command("set")(set_credential)
    group.command("list")(list_credentials)
    group.command("remove")(remove)
    group.command("check")(check)
    key = typer.Typer(help="API keys of this service.", no_args_is_help=True)
    key.command("create")(create_key)
    key.command("list")(list_keys)
    key.command("revoke")(revoke_key)
    group.add_typer(key, name="key")
    app.add_typer(group, name="auth")


def set_credential(
    name: Name,
    location: Annotated[str, typer.Argument(help=f"Where the secret is: {LOCATIONS}.")],
    scheme: Annotated[str, typer.Option(help=f"How it is sent: {SCHEMES}.")] = "bearer",
    note: Annotated[str, typer.Option(help="For people.")] = "",
) -> None:
    """Say where a secret is found and how it is sent. The secret itself stays where it is."""
    row = [name, check_location(location), check_scheme(scheme), note]
    with _connection() as connection:
        connection.execute(
            "INSERT INTO auth_config (name, location, scheme, note) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (name) DO UPDATE SET (location, scheme, note) = "
            "(excluded.location, excluded.scheme, excluded.note)",
            row,
        )


def list_credentials(as_json: AsJson = False) -> None:
    """List credentials: name, place and scheme."""
    with _connection() as connection:
        found = connection.execute("SELECT name, location, scheme, note FROM auth_config ORDER BY name")
        columns = ("name", "location", "scheme", "note")
        rows = [dict(zip(columns, row, strict=True)) for row in found]
    show_rows(rows, columns, as_json=as_json)


def remove(name: Name) -> None:
    """Forget a credential."""
    with _connection() as connection:
        if connection.execute("DELETE FROM auth_config WHERE name = %s", [name]).rowcount == 0:
            raise ConfigError("credential", name, "a name that `terraloom auth list` shows")


def check(as_json: AsJson = False) -> None:
    """Whether each secret is there and can be sent. Exit status 1 where one is not."""
    with _connection() as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM auth_config ORDER BY name")]
        rows = [{"name": name, **_state(connection, name)} for name in names]
    show_rows(rows, ("name", "ok", "problem"), as_json=as_json)
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


def _state(connection: Connection[Any], name: str) -> dict[str, object]:
    try:
        find_credential(connection, name)
    except ConfigError as error:
        return {"ok": False, "problem": str(error)}
    return {"ok": True, "problem": ""}


def create_key(name: KeyName, as_json: AsJson = False) -> None:
    """Make an API key and print it: this once, for only its hash is kept."""
    with _connection() as connection:
        key = keys.create(connection, name, now=datetime.now(UTC))
    if as_json:
        show_json({"name": name, "key": key})
    else:
        typer.echo(key)
        typer.echo("Keep it now: it is not stored and cannot be shown again.", err=True)


def list_keys(as_json: AsJson = False) -> None:
    """List API keys, revoked ones too."""
    with _connection() as connection:
        rows = keys.listing(connection)
    show_rows(rows, ("name", "created_at", "revoked_at"), as_json=as_json)


def revoke_key(name: KeyName) -> None:
    """Make a key useless from now on."""
    with _connection() as connection:
        keys.revoke(connection, name, now=datetime.now(UTC))


@contextmanager
def _connection() -> Iterator[Connection[Any]]:
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        yield connection
