"""`terraloom up`: everything in one command."""

from __future__ import annotations

import re
import signal
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from terraloom import logs
from terraloom.config import Settings, load
from terraloom.errors import ConfigError

if TYPE_CHECKING:
    from terraloom.runtime import Runtime


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up() -> None:
    """
    Start all there is: the database, where none is given; a worker that polls; the map and the API.

    Ctrl-C ends it cleanly.
    """
    run(load())


def run(settings: Settings) -> None:
    """Start everything by these settings, and return when it was told to stop."""
    from terraloom.polling.child import WorkerProcess
    from terraloom.runtime import open_runtime

    logs.configure(settings.logs)
    with open_runtime(settings) as runtime:
        shared = settings.model_copy(update={"database_url": runtime.database_url})
        with WorkerProcess(shared):
            serve(runtime)


def serve(runtime: Runtime) -> None:
    """Serve pages and API until SIGINT or SIGTERM."""
    import uvicorn

    from terraloom.serve.app import create_app

    # uvicorn raises the signal it ended by once more; both then unwind, so that the worker ends cleanly too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with listen(runtime.settings) as listening, suppress(KeyboardInterrupt):
        host, port = listening.getsockname()[:2]
        greet(runtime, f"http://{f'[{host}]' if ':' in host else host}:{port}/")
        config = uvicorn.Config(
            create_app(runtime), log_config=None, access_log=False, timeout_graceful_shutdown=2
        )
        uvicorn.Server(config).run(sockets=[listening])


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises `ConfigError` where the address cannot be had."""
    host, port = settings.serve.host, settings.serve.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigError("serve.port", f"{host}:{port}", f"an address that is free ({error})") from error


def greet(runtime: Runtime, url: str) -> None:
    """Say where it is and how to end it."""
    from rich.console import Console
    from rich.panel import Panel

    from terraloom.polling.described import described, intervals
    from terraloom.sources import registry

    settings = runtime.settings
    polled = len(intervals(described(registry(), settings)))
    database = settings.database_url or f"embedded, in {settings.home}"
    lines = [
        f"[bold]{url}[/bold]   the map; {url}api the API",
        f"sources   {polled}, polled on their schedules",
        f"database  {redacted(database)}",
        f"settings  {settings.config_file or 'defaults'}",
        "[bold]The data is simulated.[/bold]" if settings.simulated else "",
        "Ctrl-C stops everything.",
    ]
    Console(stderr=True).print(Panel("\n".join(filter(None, lines)), title="Terraloom", expand=False))


def redacted(url: str) -> str:
    """A database url without its password."""
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:…@", url)
