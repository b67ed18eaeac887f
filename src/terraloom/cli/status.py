"""`terraloom status`: which workers live, and what has been in one state for too long."""

from __future__ import annotations

import typer

from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.config import load


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(as_json: AsJson = False) -> None:
    """Show the workers and all alarms. Exit status 1 where there is an alarm."""
    from terraloom.polling.alarms import alarms
    from terraloom.polling.workers import listed
    from terraloom.runtime import open_runtime

    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        workers, found = listed(connection), alarms(connection)
    if as_json:
        show_json({"workers": workers, "alarms": found})
    else:
        show_rows(workers, ("executor_id", "host", "pid", "version", "started_at", "silent_s"), as_json=False)
        for alarm in found:
            typer.echo(f"{alarm.state}: {alarm.says} (for {alarm.age_s:.0f} s)")
        typer.echo(f"{len(workers)} workers, {len(found)} alarms")
    if found:
        raise typer.Exit(1)
