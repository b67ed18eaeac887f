"""`terraloom rebuild`: the derived record made again from the archive, and compared."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from terraloom.cli._show import AsJson, show_rows
from terraloom.config import load
from terraloom.hazards.population_raster import configured
from terraloom.rebuild import rebuild
from terraloom.runtime import open_runtime

COLUMNS = ("table", "rows", "only_in_use", "only_rebuilt")


def register(app: typer.Typer) -> None:
    app.command("rebuild")(rebuild_command)


def rebuild_command(
    check: Annotated[bool, typer.Option("--check", help="Compare only; keep the record in use.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the archive again beside the record in use, compare every row, and put the new one in its place."""
    console = Console(stderr=True)
    with (
        open_runtime(load()) as runtime,
        runtime.pool.connection() as connection,
        Progress(console=console, transient=True, disable=as_json) as progress,
    ):
        task = progress.add_task("rebuilding", total=None)
        found = rebuild(
            connection,
            runtime.archive,
            runtime.settings.correlation.rules(),
            population=configured(runtime.settings.population),
            replace=not check,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    rows = [{name: getattr(one, name) for name in COLUMNS} for one in found]
    show_rows(rows, COLUMNS, as_json=as_json)
    differing = [one.table for one in found if not one.same]
    if differing and not as_json:
        console.print(f"{'differs' if check else 'replaced'}: {', '.join(differing)}")
    elif not as_json:
        console.print("All tables are the same, row for row.")
    if differing and check:
        raise typer.Exit(1)
