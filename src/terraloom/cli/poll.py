"""`terraloom poll`: fetch, archive and apply now, without a worker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from terraloom import logs
from terraloom.cli._counts import show_counts
from terraloom.cli._show import AsJson, show_json
from terraloom.config import load
from terraloom.errors import ConfigError

if TYPE_CHECKING:
    from terraloom.polling.once import Polled


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(poll)


def poll(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Source ids; see `terraloom sources list`.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All sources that are polled by default.")] = False,
    as_json: AsJson = False,
) -> None:
    """Poll sources once, now. Exit status 1 where one of them failed."""
    if bool(sources) == every:
        raise ConfigError("SOURCE", sources or [], "source ids, or --all")
    results = _poll(sources or [])
    if as_json:
        show_json(results)
    else:
        _show(results)
    if any(result.error for result in results):
        raise typer.Exit(1)


def _poll(wanted: list[str]) -> list[Polled]:
    from rich.console import Console
    from rich.progress import track

    from terraloom.polling.described import intervals
    from terraloom.polling.once import poll_once
    from terraloom.polling.opening import open_poller
    from terraloom.polling.running import RuledIngest
    from terraloom.runtime import open_runtime
    from terraloom.sources import source

    settings = load()
    logs.configure(settings.logs.model_copy(update={"level": "warning"}))  # the table says the rest
    for source_id in wanted:
        source(source_id)  # names the ids there are, before anything is opened
    screen = Console(stderr=True)
    with open_runtime(settings) as runtime, open_poller(runtime, RuledIngest(settings)) as poller:
        chosen = wanted or sorted(intervals(poller.infos))
        shown = track(chosen, "polling", console=screen, transient=True, disable=not screen.is_terminal)
        return [poll_once(poller, source_id, datetime.now(UTC)) for source_id in shown]


def _show(results: list[Polled]) -> None:
    show_counts({result.source: {"payloads": result.payloads, **result.counts} for result in results})
    for result in results:
        if result.error:
            typer.echo(f"failed {result.source}, after {result.seconds:.1f} s: {result.error}")
