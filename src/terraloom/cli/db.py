"""`terraloom db`: what the database is, and bringing its schema to this version."""

from __future__ import annotations

from typing import Annotated

import typer

from terraloom.cli._show import AsJson, show_json
from terraloom.config import load
from terraloom.db.migrate import HEAD, migrate
from terraloom.db.status import Status, database_status
from terraloom.runtime import find_database

To = Annotated[str, typer.Option("--to", help="Revision to go to; an older one, or `base`, drops data.")]
Yes = Annotated[bool, typer.Option("--yes", help="Go back without asking.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="The database: server, schema, extensions.", no_args_is_help=True)
    group.command("status")(status)
    group.command("migrate")(migrate_to)
    app.add_typer(group, name="db")


def status(as_json: AsJson = False) -> None:
    """Server version, schema revision and extensions. Exit status 1 where the schema is not up to date."""
    settings = load()
    found = database_status(find_database(settings), embedded=settings.database_url is None)
    _show(found, as_json=as_json)
    if not found.current:
        raise typer.Exit(1)


def migrate_to(to: To = HEAD, yes: Yes = False, as_json: AsJson = False) -> None:
    """Bring the schema to this version (or to another revision), and add geometry where PostGIS is there."""
    settings = load()
    if to != HEAD and not yes:
        typer.confirm(f"Going to {to} may drop tables with their rows. Continue?", abort=True)
    url = find_database(settings)
    migrate(url, to, postgis=settings.database.postgis == "auto")
    _show(database_status(url, embedded=settings.database_url is None), as_json=as_json)


def _show(found: Status, *, as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    place = "embedded" if found.embedded else "given"
    typer.echo(
        f"PostgreSQL {found.server_version} ({place}), database {found.database}, {found.bytes:,} bytes"
    )
    hint = "" if found.current else f", needed is {found.head}: terraloom db migrate"
    typer.echo(f"schema      {found.revision or 'empty'}{hint}")
    for extension in found.extensions:
        version = extension.installed or extension.available
        state = f"{extension.state} {version}".strip()
        typer.echo(f"{extension.name:<12}{state} – {extension.used_for}")
    if found.geometry_columns:
        typer.echo(f"geometry    {', '.join(found.geometry_columns)}")
