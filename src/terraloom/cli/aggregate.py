"""`terraloom aggregate SPEC FILES…`: one answer over any number of files, in bounded memory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from terraloom.cli import _aggregating
from terraloom.cli._aggregating import (
    CORES,
    Address,
    Asked,
    EngineName,
    MaxGroups,
    Memory,
    Resume,
    TimeLimit,
    Workers,
)
from terraloom.cli._show import show_json, show_rows
from terraloom.compute import results, spec
from terraloom.compute.aggregating import MOST_GROUPS, Aggregated
from terraloom.compute.files import found

SHOWN = 20  # rows of a table on a terminal

Files = Annotated[list[str], typer.Argument(help="Paths, globs, folders, s3://bucket/prefix/*.parquet.")]
Output = Annotated[
    Path | None, typer.Option(help="A .parquet, .csv or .json; for several tables .json or a folder.")
]
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
    max_groups: MaxGroups = MOST_GROUPS,
    as_json: AsJson = False,
) -> None:
    """Aggregate files by a spec. Exit status 1: some could not be read, and are listed."""
    plan = spec.read(spec_file)
    if output:
        results.check(list(plan.names), output)
    asked = Asked(
        engine=engine,
        address=address,
        workers=workers,
        memory=memory,
        time_limit=time_limit,
        resume=resume,
        max_groups=max_groups,
    )
    text = spec_file.read_bytes()
    done = _aggregating.run(plan, text, found(files), output, asked)
    if output and done.tables:
        results.write(done.tables, output)
    if output and not done.failed:
        _aggregating.kept(output, text).finish()
    _show(done, output, as_json=as_json)
    _aggregating.end(done, as_json=as_json)


def _show(done: Aggregated, output: Path | None, *, as_json: bool) -> None:
    if as_json:
        tables = {name: table.to_pylist() for name, table in done.tables.items()}
        return show_json({"tables": tables, "files": done.files, "failed": _aggregating.failures(done)})
    if output is not None:
        return None
    for name, table in done.tables.items():
        if len(done.tables) > 1:
            typer.echo(f"{name}:")
        show_rows(table.slice(0, SHOWN).to_pylist(), table.column_names, as_json=False)
        if len(table) > SHOWN:
            typer.echo(f"{len(table) - SHOWN} rows more: --output or --json has all", err=True)
    return None
