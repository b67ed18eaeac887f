"""`terraloom config`: what the settings are, whether they are right, and where they come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from terraloom.cli._show import AsJson, show_json
from terraloom.config import candidates, find_file, load
from terraloom.config_report import check, masked, unknown_environment

File = Annotated[Path | None, typer.Argument(help="A file to look at in place of the one in use.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Settings: file, environment, defaults.", no_args_is_help=True)
    group.command("show")(show)
    group.command("check")(check_file)
    group.command("path")(path)
    app.add_typer(group, name="config")


def show(as_json: AsJson = False) -> None:
    """All settings as they are in force, secrets masked."""
    settings = masked(load())
    if as_json:
        show_json(settings)
    else:
        typer.echo(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), nl=False)


def check_file(file: File = None, as_json: AsJson = False) -> None:
    """Every wrong key, with what it may be. Exit status 1 where there is one."""
    wrong, strange = check(file), unknown_environment()
    if as_json:
        fields = ("key", "got", "expected")
        rows = {
            name: [{field: str(getattr(error, field)) for field in fields} for error in errors]
            for name, errors in (("errors", wrong), ("warnings", strange))
        }
        show_json({"file": _name(file), **rows})
    else:
        for error in wrong:
            typer.echo(f"error: {error}")
        for error in strange:
            typer.echo(f"warning: {error}")
        if not wrong:
            typer.echo(f"all keys are right ({_name(file) or 'no file; defaults and environment'})")
    if wrong:
        raise typer.Exit(1)


def path(as_json: AsJson = False) -> None:
    """The file in use, or where one would be looked for."""
    found = find_file()
    if as_json:
        show_json({"file": str(found) if found else None, "candidates": [str(c) for c in candidates()]})
    else:
        looked = "\n".join(f"  {candidate}" for candidate in candidates())
        typer.echo(str(found) if found else f"no file; looked for\n{looked}")


def _name(file: Path | None) -> str:
    return str(file or find_file() or "")
