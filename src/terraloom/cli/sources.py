"""`terraloom sources`: what is polled, how it goes, and a look at one feed that writes nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from terraloom import logs
from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.config import load, seconds

if TYPE_CHECKING:
    from terraloom.polling.once import Checked, Seen

COLUMNS = ("id", "every", "state", "last_ok", "says")  # of the table; JSON has all

REPORT = ("id", "type", "onset", "lon", "lat", "magnitude", "severity", "title")
VALUE = ("metric", "station", "time", "value", "unit", "quality")

SourceId = Annotated[str, typer.Argument(help="A source id, as `terraloom sources list` shows them.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="The upstream feeds: list, check, pause, poll now.", no_args_is_help=True)
    group.command("list")(list_sources)
    for command in (check, pause, resume, trigger, docs):
        group.command()(command)
    app.add_typer(group, name="sources")


def list_sources(as_json: AsJson = False) -> None:
    """List all sources: how often they are polled and how the last polls went."""
    from terraloom.hazards.query import poll_states
    from terraloom.polling.described import described
    from terraloom.runtime import open_runtime
    from terraloom.serve.health import judge
    from terraloom.sources import registry

    settings = load()
    infos = described(registry(), settings)
    with open_runtime(settings) as runtime, runtime.pool.connection() as connection:
        found = judge(registry().values(), poll_states(connection), settings, datetime.now(UTC))
    rows = [
        {
            "id": health.source,
            "title": health.title,
            "every": infos[health.source].every,
            "state": health.condition,
            "last_ok": _to_seconds(health.state.last_ok_at),
            "lag_s": health.state.lag_s,
            "licence": health.licence,
            "says": health.says,
        }
        for health in found
    ]
    show_rows(rows, COLUMNS, as_json=as_json)


def check(source_id: SourceId, as_json: AsJson = False) -> None:
    """
    Fetch and parse what a source has now, and explain what was seen. Nothing is written.

    Exit status 1 where the fetch failed or a record could not be read.
    """
    from terraloom.polling.described import described
    from terraloom.polling.once import check as look
    from terraloom.sources import registry, source

    settings, found = load(), source(source_id)
    logs.configure(settings.logs.model_copy(update={"level": "error"}))  # what is told here is told below
    result = asyncio.run(look(found, described(registry(), settings)[source_id], settings))
    if as_json:
        show_json(result)
    else:
        _explain(result)
    if not result.ok:
        raise typer.Exit(1)


def pause(source_id: SourceId) -> None:
    """Stop polling a source until it is resumed; slots that pass meanwhile are not made up for."""
    _set_paused(source_id, paused=True)


def resume(source_id: SourceId) -> None:
    """Poll a paused source again, from its next slot on."""
    _set_paused(source_id, paused=False)


def trigger(source_id: SourceId) -> None:
    """Ask the workers for one poll now, paused or not. (`terraloom poll` needs no worker.)"""
    from terraloom.polling import state
    from terraloom.polling.described import described
    from terraloom.runtime import open_runtime
    from terraloom.sources import registry, source

    settings = load()
    source(source_id)
    every_s = seconds(described(registry(), settings)[source_id].every)
    with open_runtime(settings) as runtime, runtime.pool.connection() as connection:
        state.trigger(connection, source_id, every_s)
    typer.echo(f"{source_id}: a running worker polls it within about a second")


def docs() -> None:
    """Print docs/sources.md, made from the registry."""
    from terraloom.polling.sources_page import page
    from terraloom.sources import registry

    typer.echo(page(registry()), nl=False)


def _set_paused(source_id: str, *, paused: bool) -> None:
    from terraloom.polling import state
    from terraloom.runtime import open_runtime
    from terraloom.sources import source

    source(source_id)
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        state.set_paused(connection, source_id, paused)
    typer.echo(f"{source_id}: {'paused' if paused else 'resumed'}")


def _to_seconds(at: datetime | None) -> datetime | None:
    return at and at.replace(microsecond=0)


def _explain(result: Checked) -> None:
    if result.error:
        typer.echo(f"{result.source}: {result.error}")
    for seen in result.payloads:
        _explain_payload(seen)
    records, rejected = sum(s.records for s in result.payloads), sum(s.rejected for s in result.payloads)
    typer.echo(
        f"{result.source}: {len(result.payloads)} payloads, {records} records, {rejected} rejected, "
        f"{result.seconds:.1f} s"
    )


def _explain_payload(seen: Seen) -> None:
    types = ", ".join(f"{count} {name}" for name, count in seen.types.items()) or "no records"
    if seen.stations:
        types += f"; {seen.stations} stations"
    typer.echo(
        f"{seen.url} ({seen.kind}): HTTP {seen.status}, {seen.content_type}, {seen.bytes} bytes: {types}"
    )
    show_rows(seen.first, VALUE if seen.first and "metric" in seen.first[0] else REPORT, as_json=False)
    for reject in seen.rejects:
        typer.echo(f"  rejected {reject['where']}: {reject['reason']}")
