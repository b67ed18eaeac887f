"""`terraloom wspr`: the archive of all WSPR spots, one Parquet file per month."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import Struct, structs
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from terraloom.cli._aggregating import (
    CORES,
    Address,
    EngineName,
    MaxGroups,
    Memory,
    Resume,
    TimeLimit,
    Workers,
)
from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.compute.aggregating import MOST_GROUPS
from terraloom.config import load
from terraloom.errors import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

    from terraloom.backfill.jobs import Window
    from terraloom.backfill.wspr.fetching import Outcome
    from terraloom.backfill.wspr.shelf import Shelf
    from terraloom.config import Settings

COLUMNS = ("month", "outcome", "rows", "bytes", "asked_by", "reason")
VERDICTS = ("month", "rows", "bytes", "problem", "remedy")
ENTRIES = ("month", "rows", "bytes", "first", "last", "asked_by", "fetched_at")

First = Annotated[str | None, typer.Option("--from", help="First month, such as 2008-03.")]
Last = Annotated[str | None, typer.Option("--to", help="Last month, included.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="The archive of all WSPR spots, by month.", no_args_is_help=True)
    for command in (fetch, verify, status, census):
        group.command()(command)
    app.add_typer(group, name="wspr")


def fetch(
    first: Annotated[str, typer.Option("--from", help="First month, such as 2008-03.")],
    last: Annotated[
        str | None, typer.Option("--to", help="Last month, included. Default: the last that is over.")
    ] = None,
    again: Annotated[bool, typer.Option(help="Fetch months that are held, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Fetch whole months from wspr.live. Stop it at any time: the next run goes on where it was.

    Exit status 1 where a month failed; the same command tries it again.
    """
    from terraloom.backfill.wspr.asking import last_whole, month_of, months

    now = datetime.now(UTC)
    newest = last_whole(now)
    end = month_of(last, "--to") if last else newest
    if end > newest:
        raise ConfigError("--to", last, f"{newest.start:%Y-%m} at most: a month is fetched when it is over")
    wanted = list(months(month_of(first, "--from"), end))
    if not wanted:
        raise ConfigError("--from", first, f"{end.start:%Y-%m} or before")
    found = asyncio.run(_fetched(load(), wanted, again=again))
    show_rows([_row(outcome) for outcome in found], COLUMNS, as_json=as_json)
    if len(found) < len(wanted):
        typer.echo(f"{len(wanted) - len(found)} months were not tried: too many failed in a row.", err=True)
    if any(outcome.outcome == "failed" for outcome in found):
        raise typer.Exit(1)


async def _fetched(settings: Settings, wanted: list[Window], *, again: bool) -> list[Outcome]:
    from terraloom.archive.objects import Objects
    from terraloom.backfill.wspr.fetching import Doors, fetch_months
    from terraloom.backfill.wspr.server import Server, patient
    from terraloom.backfill.wspr.shelf import Shelf
    from terraloom.fetching import Client

    with _bar() as bar:
        task = bar.add_task("", total=len(wanted))
        async with Client(patient(settings.fetch, settings.wspr)) as client:
            doors = Doors(
                server=Server(client, settings.wspr),
                shelf=Shelf(Objects.open_at(settings.archive_url)),
                work=settings.wspr_work,
                settings=settings.wspr,
                tell=lambda text: bar.update(task, description=text),
                simulated=settings.simulated,
            )
            found = []
            async for outcome in fetch_months(wanted, doors, again=again):
                found.append(outcome)
                bar.advance(task)
    return found


def verify(first: First = None, last: Last = None, as_json: AsJson = False) -> None:
    """
    Read every byte of the months that are held, and compare them with what was written.

    Looks at all months from the first that is held to the last, or at those that are asked for. Exit status 1
    where one is missing or wrong.
    """
    from terraloom.backfill.wspr.verifying import verify as look

    shelf, wanted = _shelf_and_months(first, last)
    with _bar() as bar:
        task = bar.add_task("verifying", total=len(wanted))
        found = list(look(shelf, wanted, lambda: bar.advance(task)))
    show_rows([_row(verdict) for verdict in found], VERDICTS, as_json=as_json)
    if any(verdict.problem for verdict in found):
        raise typer.Exit(1)


def status(as_json: AsJson = False) -> None:
    """The months that are held, by their entries; no file is read."""
    shelf, _ = _shelf_and_months(None, None)
    show_rows([_row(entry) for entry in shelf.entries()], ENTRIES, as_json=as_json)


def census(
    files: Annotated[
        list[str] | None, typer.Argument(help="Files of spots. Default: all months that are held.")
    ] = None,
    output: Annotated[Path, typer.Option(help="Folder for the tables, as Parquet and JSON.")] = Path(
        "census"
    ),
    engine: EngineName = "local",
    address: Address = "",
    workers: Workers = CORES,
    memory: Memory = "1.5G",
    time_limit: TimeLimit = "1h",
    max_groups: MaxGroups = MOST_GROUPS,
    resume: Resume = False,
    record: Annotated[
        bool, typer.Option(help="Hand in the busiest corridors of each month as observations.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Count all spots by band, month, hour, corridor and distance. Exit status 1: files could not be read."""
    from terraloom.cli import _aggregating
    from terraloom.cli._aggregating import Asked
    from terraloom.compute import census as counting
    from terraloom.compute import results
    from terraloom.compute.files import found

    if output.suffix or output.is_file():
        raise ConfigError("--output", str(output), "a folder, whose name has no ending")
    settings = load()
    wanted = found(files or [settings.archive_url.rstrip("/") + "/wspr/raw/*.parquet"])
    asked = Asked(
        engine=engine,
        address=address,
        workers=workers,
        memory=memory,
        time_limit=time_limit,
        resume=resume,
        max_groups=max_groups,
    )
    done = _aggregating.run(counting.plan(), counting.SPEC, wanted, output, asked)
    written = results.write(done.tables, output)
    brief = {
        name: table if name != "corridors" else counting.busy(table) for name, table in done.tables.items()
    }
    written += results.write(brief, output / "census.json")
    # A month of which a file is missing would be counted short.
    whole = record and not done.failed
    observed = _handed_in(settings, done.tables["corridors"]) if whole else 0
    if not done.failed:
        _aggregating.kept(output, counting.SPEC).finish()
    if as_json:
        failed = _aggregating.failures(done)
        show_json(
            {"files": done.files, "failed": failed, "written": list(map(str, written)), "observed": observed}
        )
    else:
        typer.echo(f"{len(written)} tables in {output}, {observed} values observed")
    _aggregating.end(done, as_json=as_json)


def _handed_in(settings: Settings, corridors: pa.Table) -> int:
    """Archive and ingest the busiest corridors; how many values are new or other than before."""
    from terraloom.compute.census import BUSIEST, busy, payload
    from terraloom.ingest import ingest
    from terraloom.runtime import open_runtime

    some = busy(corridors, 2 * BUSIEST)  # twice as many: some may be noise
    made = payload(some.to_pylist(), datetime.now(UTC))
    if made is None:
        return 0
    with open_runtime(settings) as runtime, runtime.pool.connection() as connection:
        [result] = ingest(connection, runtime.archive, [made], settings.correlation.rules())
    return result.observed + result.revised


def _shelf_and_months(first: str | None, last: str | None) -> tuple[Shelf, list[Window]]:
    """The shelf, and the months asked for; where an end is not given, the end of what is held."""
    from terraloom.archive.objects import Objects
    from terraloom.backfill.wspr.asking import month_of, months
    from terraloom.backfill.wspr.shelf import Shelf
    from terraloom.backfill.wspr.verifying import held

    shelf = Shelf(Objects.open_at(load().archive_url))
    known = held(shelf)
    since = month_of(first, "--from") if first else min(known, default=None)
    until = month_of(last, "--to") if last else max(known, default=None)
    if since is None or until is None:
        return shelf, []
    return shelf, list(months(since, until))


def _row(found: Struct) -> dict[str, Any]:
    return structs.asdict(found)


def _bar() -> Progress:
    screen = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal)
