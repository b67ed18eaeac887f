"""`terraloom observations freeze|thaw|verify|cold`: months and decades that are kept in files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from msgspec import structs
from rich.console import Console
from rich.progress import Progress

from terraloom.cli._show import AsJson, show_json, show_rows
from terraloom.config import load, months
from terraloom.errors import ConfigError
from terraloom.observations.cold import checking, freezing, manifest
from terraloom.observations.cold.thawing import thaw_named
from terraloom.runtime import open_runtime

COLUMNS = ("name", "rows", "bytes", "path")


def freeze(
    older_than: Annotated[str, typer.Option(help="Age: 24mo, 5y. Only what is older as a whole moves.")],
    as_json: AsJson = False,
) -> None:
    """Move old months (before 2000: decades) of values to Parquet files. Exit status 1: one is in use."""
    try:
        age = months(older_than)
    except ValueError as error:
        raise ConfigError("--older-than", older_than, "an age such as 24mo or 5y") from error
    now = datetime.now(UTC)
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection, _bar() as bar:
        due = freezing.due(connection, now, age)
        moved = [freezing.freeze(connection, runtime.archive.store, one, now) for one in bar.track(due)]
    rows = [structs.asdict(one) for one in moved if one is not None]
    left = [one.name for one, done in zip(due, moved, strict=True) if done is None]
    if as_json:
        show_json({"frozen": rows, "left": left})
    else:
        show_rows(rows, COLUMNS, as_json=False)
        typer.echo(f"{len(rows)} moved, {len(left)} in use" + "".join(f"\n{name}" for name in left), err=True)
    if left:
        raise typer.Exit(1)


def thaw(
    names: Annotated[list[str], typer.Argument(help="As `observations cold` lists them.")],
    as_json: AsJson = False,
) -> None:
    """Bring months or decades back from their files."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection, _bar() as bar:
        cold = {one.name for one in manifest.everything(connection)}
        unknown = [name for name in names if name not in cold]
        if unknown:
            raise ConfigError("name", unknown[0], "one of `terraloom observations cold`")
        for name in bar.track(names):
            thaw_named(connection, runtime.archive.store, name)
    show_json({"thawed": names}) if as_json else typer.echo(f"{len(names)} brought back", err=True)


def verify(
    sweep: Annotated[bool, typer.Option(help="Drop files that nothing names, older than a day.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read every cold file and compare it with the manifest. Exit status 1 where one is lost or altered."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        with _bar() as bar:
            task = bar.add_task("verifying", total=None)
            found = checking.verify(
                connection,
                runtime.archive.store,
                now=datetime.now(UTC),
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )
        swept = checking.sweep(connection, runtime.archive.store, found.strays) if sweep else 0
    if as_json:
        show_json({"verification": found, "swept": swept})
    else:
        for problem in found.problems:
            typer.echo(f"{problem.partition}: {problem.detail}", err=True)
        typer.echo(
            f"{found.partitions} files, {found.rows} values, {found.bytes} bytes: {len(found.problems)} "
            f"damaged or missing, {len(found.strays)} that nothing names ({swept} swept)"
        )
    if found.problems:
        raise typer.Exit(1)


def list_cold(as_json: AsJson = False) -> None:
    """List what was moved to files."""
    with open_runtime(load()) as runtime, runtime.pool.connection() as connection:
        rows = [structs.asdict(one) for one in manifest.everything(connection)]
    show_rows(rows, COLUMNS, as_json=as_json)


@contextmanager
def _bar() -> Iterator[Progress]:
    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as progress:
        yield progress
