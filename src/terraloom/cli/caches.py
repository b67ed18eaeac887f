"""`terraloom caches`: what pages read, made anew or looked at."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.config import load


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Precomputed bodies that pages read: refresh, list.", no_args_is_help=True)
    group.command("refresh")(refresh)
    group.command("list")(list_caches)
    app.add_typer(group, name="caches")


def refresh(as_json: AsJson = False) -> None:
    """Bring all caches up to date now; workers do so every hour."""
    from terraloom import caches
    from terraloom.runtime import open_runtime

    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        changed = caches.refresh(connection, datetime.now(UTC))
    if as_json:
        show_json({"changed": changed})
    else:
        typer.echo(f"changed: {', '.join(changed) or 'none'}")


def list_caches(as_json: AsJson = False) -> None:
    """List the caches: when each was made, and how large it is."""
    from terraloom import caches
    from terraloom.runtime import open_runtime

    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        found = caches.load_all(connection, {}).values()
    rows = [
        {
            "name": one.name,
            "variant": one.variant,
            "built_at": one.built_at.replace(microsecond=0),
            "bytes": len(one.body),
            "compressed": len(one.gzip) or None,
            "etag": one.etag,
        }
        for one in sorted(found, key=lambda one: (one.name, one.variant))
    ]
    show_rows(rows, ("name", "variant", "built_at", "bytes", "compressed"), as_json=as_json)
