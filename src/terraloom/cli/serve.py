"""`terraloom serve`: the map, the pages and the API, without a worker."""

from __future__ import annotations

from typing import Annotated

import typer

from terraloom import logs
from terraloom.config import load


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on, in place of serve.host.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port, in place of serve.port; 0 takes a free one.")
    ] = None,
) -> None:
    """
    Serve pages, API and live feed. Ctrl-C ends it.

    Beside it, `terraloom worker` polls; `terraloom up` is both. Run as many of either as you like.
    """
    from terraloom.cli.up import serve as run
    from terraloom.runtime import open_runtime

    settings = load()
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings.model_copy(update={"serve": settings.serve.model_copy(update=given)})
    logs.configure(settings.logs)
    with open_runtime(settings) as runtime:
        run(runtime)
