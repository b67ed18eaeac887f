"""`terraloom aggregate SPEC FILES…`: one answer over any number of files, in bounded memory."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from terraloom.cli._show import show_json, show_rows
from terraloom.compute import aggregating, results, spec
from terraloom.compute import progress as kept
from terraloom.compute.engine import Limits, opened
from terraloom.compute.files import found
from terraloom.config import seconds
from terraloom.errors import ConfigError

UNITS = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9, "KI": 2**10, "MI": 2**20, "GI": 2**30}
CORES = os.cpu_count() or 1
SHOWN = 20  # rows of a table on a terminal

Files = Annotated[list[str], typer.Argument(help="Paths, globs, folders, s3://bucket/prefix/*.parquet.")]
Output = Annotated[
    Path | None, typer.Option(help="A .parquet, .csv or .json; for several tables .json or a folder.")
]
EngineName = Annotated[str, typer.Option("--engine", help="local, inline, dask or ray.")]
Address = Annotated[str, typer.Option(help="Of a Dask or Ray cluster; without, one is started here.")]
Workers = Annotated[int, typer.Option(min=1, help="Files under way at a time.")]
Memory = Annotated[str, typer.Option(help="Most resident memory of the process of one file: 1.5G, 800M.")]
TimeLimit = Annotated[str, typer.Option(help="Longest time for one file: 30m, 2h.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where a run with this output was ended.")]
MaxGroups = Annotated[int, typer.Option(min=1, help="Most groups of a table before it is refused.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the tables as JSON.")]


def register(app: typer.Typer) -> None:
    app.command("aggregate")(aggregate)


def aggregate(
    spec_file: Annotated[Path, typer.Argument(metavar="SPEC", help="A YAML file: docs/aggregate.md.")],
    files: Files,
    output: Output = None,
    engine: EngineName = "local",
    address: Address = "",
    workers: Workers = CORES,
    memory: Memory = "1.5G",
    time_limit: TimeLimit = "1h",
    resume: Resume = False,
    max_groups: MaxGroups = aggregating.MOST_GROUPS,
    as_json: AsJson = False,
) -> None:
    """Aggregate files by a spec. Exit status 1: some could not be read, and are listed."""
    whole = spec.read(spec_file)
    wanted = found(files)
    if resume and output is None:
        raise ConfigError("--resume", "no --output", "the output of the run that was ended")
    folder = _progress(output, spec_file)
    limits = Limits(memory=size(memory), seconds=_seconds(time_limit))
    asked = aggregating.Aggregation(whole, wanted, limits, folder, resume, max_groups)
    opening = opened(engine, workers=workers, address=address)
    try:
        with _bar() as bar:
            task = bar.add_task("aggregating", total=len(wanted))
            done = asked.run(opening, after_each=lambda: bar.advance(task))
    finally:
        opening.close()
    if output and done.tables:
        results.write(done.tables, output)
    if folder and not done.failed:
        folder.finish()
    _show(done, output, as_json=as_json)


def _progress(output: Path | None, spec_file: Path) -> kept.Progress | None:
    """What is kept of a run, beside its output."""
    if output is None:
        return None
    return kept.Progress(output.with_name(f".{output.name}.progress"), spec_file.read_bytes())


def _show(done: aggregating.Aggregated, output: Path | None, *, as_json: bool) -> None:
    if as_json:
        failed = [{"file": one.item.file.url, "reason": one.reason} for one in done.failed]
        show_json({"tables": _rows(done), "files": done.files, "failed": failed})
    elif output is None:
        for name, table in done.tables.items():
            if len(done.tables) > 1:
                typer.echo(f"{name}:")
            show_rows(table.slice(0, SHOWN).to_pylist(), table.column_names, as_json=False)
            if len(table) > SHOWN:
                typer.echo(f"{len(table) - SHOWN} rows more: --output or --json has all", err=True)
    if not as_json:
        typer.echo(f"{done.files} files, {len(done.failed)} failed", err=True)
        for one in done.failed:
            typer.echo(f"failed: {one.item.file.url}: {one.reason}", err=True)
    if done.failed:
        raise typer.Exit(1)


def _rows(done: aggregating.Aggregated) -> dict[str, list[dict[str, object]]]:
    return {name: table.to_pylist() for name, table in done.tables.items()}


def size(text: str) -> int:
    """Bytes in "800M", "1.5G" or "2Gi". Raises `ConfigError`."""
    parts = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMG]?I?)B?", text.strip().upper())
    if not parts or float(parts[1]) == 0 or parts[2] not in UNITS:
        raise ConfigError("--memory", text, "a size such as 800M, 1.5G or 2Gi")
    return int(float(parts[1]) * UNITS[parts[2]])


def _seconds(text: str) -> float:
    try:
        return seconds(text)
    except ValueError as error:
        raise ConfigError("--time-limit", text, "a duration such as 30m or 2h") from error


def _bar() -> Progress:
    screen = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:-1], MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal)
