"""What `aggregate` and `wspr census` share: options, the run with its bar, the list of files that failed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import Struct
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from terraloom.compute.aggregating import MOST_GROUPS, Aggregated, Aggregation
from terraloom.compute.engine import Limits, opened
from terraloom.compute.files import File
from terraloom.compute.progress import Progress as Kept
from terraloom.compute.spec import Plan
from terraloom.config import seconds
from terraloom.errors import ConfigError

UNITS = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9, "KI": 2**10, "MI": 2**20, "GI": 2**30}
CORES = os.cpu_count() or 1

EngineName = Annotated[str, typer.Option("--engine", help="local, inline, dask or ray.")]
Address = Annotated[str, typer.Option(help="Of a Dask or Ray cluster; without, one is started here.")]
Workers = Annotated[int, typer.Option(min=1, help="Files under way at a time.")]
Memory = Annotated[str, typer.Option(help="Most resident memory of the process of one file: 1.5G, 800M.")]
TimeLimit = Annotated[str, typer.Option(help="Longest time for one file: 30m, 2h.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where a run with this output was ended.")]
MaxGroups = Annotated[int, typer.Option(min=1, help="Most groups of a table before it is refused.")]


class Asked(Struct, frozen=True, kw_only=True):
    """How to run, as it stands on the command line."""

    engine: str = "local"
    address: str = ""
    workers: int = CORES
    memory: str = "1.5G"
    time_limit: str = "1h"
    resume: bool = False
    max_groups: int = MOST_GROUPS


def run(plan: Plan, spec: bytes, files: list[File], output: Path | None, asked: Asked) -> Aggregated:
    """Aggregate with a bar on a terminal; what is done is kept beside the output until `done` is called."""
    if asked.resume and output is None:
        raise ConfigError("--resume", "no --output", "the output of the run that was ended")
    aggregation = Aggregation(
        plan,
        files,
        Limits(memory=size(asked.memory), seconds=_seconds(asked.time_limit)),
        kept(output, spec) if output else None,
        asked.resume,
        asked.max_groups,
    )
    engine = opened(asked.engine, workers=asked.workers, address=asked.address)
    try:
        with _bar() as bar:
            task = bar.add_task("aggregating", total=len(files))
            return aggregation.run(engine, after_each=lambda: bar.advance(task))
    finally:
        engine.close()


def kept(output: Path, spec: bytes) -> Kept:
    """What is done of a run, beside its output."""
    return Kept(output.with_name(f".{output.name}.progress"), spec)


def failures(done: Aggregated) -> list[dict[str, Any]]:
    """The files that could not be read, and why."""
    return [{"file": one.item.file.url, "reason": one.reason} for one in done.failed]


def end(done: Aggregated, *, as_json: bool) -> None:
    """Say how many files there were; exit status 1 where some failed, which are listed."""
    if not as_json:
        typer.echo(f"{done.files} files, {len(done.failed)} failed", err=True)
        for one in failures(done):
            typer.echo(f"failed: {one['file']}: {one['reason']}", err=True)
    if done.failed:
        raise typer.Exit(1)


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
