"""The `terraloom` command: one thin module per command group, each adding itself by `register`.

Exit status: 0 = done, 1 = done with failures that are listed, 2 = wrong use.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import typer

from terraloom.config import Logs, load
from terraloom.errors import ConfigError, TerraloomError
from terraloom.logs import configure


def build(only: str = "") -> typer.Typer:
    """
    The whole command tree; with `only`, the name of one command or group, just that one where there is such
    a module: importing all of them takes seconds.
    """
    app = typer.Typer(
        name="terraloom",
        help="The planet's open hazard feeds as one deduplicated, traceable record.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(lambda: None)  # one command alone is still named
    modules = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    for module in [only] if only in modules else modules:
        importlib.import_module(f"{__name__}.{module}").register(app)
    return app


def main() -> None:
    """Run the command line; the project's own errors become one line and an exit status."""
    _configure_logs()
    try:
        build(sys.argv[1] if len(sys.argv) > 1 else "")()
    except ConfigError as error:
        typer.echo(f"terraloom: {error}", err=True)
        sys.exit(2)
    except TerraloomError as error:
        typer.echo(f"terraloom: {error}", err=True)
        sys.exit(1)


def _configure_logs() -> None:
    try:
        configure(load().logs)
    except ConfigError:  # the command says so itself, or mends it
        configure(Logs())
