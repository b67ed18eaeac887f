"""`terraloom demo`: the whole pipeline on a simulated planet, with a map to look at."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terraloom.config import Settings
    from terraloom.universe.demo import Demo

IN_CI_S = 60.0  # how long a demo lasts where CI is set: nobody is there to stop it


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    seed: Annotated[int, typer.Option(help="Another seed is another planet.")] = 1,
    speed: Annotated[float, typer.Option(min=1, max=3600, help="Simulated seconds per second.")] = 60.0,
    faults: Annotated[str, typer.Option(help="As for `universe serve`: none, some, many, …")] = "some",
    port: Annotated[
        int | None, typer.Option(help="Port of the pages. Default: as set, else a free one.")
    ] = None,
    for_s: Annotated[
        float | None, typer.Option("--for", min=1, help="Stop after so many seconds and show the score.")
    ] = None,
    once: Annotated[bool, typer.Option(help="Bring in two days, show the score and end; no pages.")] = False,
    browser: Annotated[bool, typer.Option(help="Open the map in a browser.")] = True,
) -> None:
    """
    Show Terraloom at work on a simulated planet: two days are brought in, then it goes on live.

    Needs no network and touches no real record: its data folder is `demo` in TERRALOOM_HOME. Runs until
    Ctrl-C; where the variable CI is set, for a minute. Ends then the score.
    Exit status 1 where a report was lost or doubled.
    """
    from terraloom import logs
    from terraloom.config import load
    from terraloom.universe.demo import demo_settings, open_demo
    from terraloom.universe.faults import parse_faults

    settings = demo_settings(load())
    logs.configure(settings.logs.model_copy(update={"level": "error"}))
    screen = Console(stderr=True)
    ends_in = for_s if for_s or not os.environ.get("CI") else IN_CI_S
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    screen.print(
        f"A simulated planet (seed {seed}) in [bold]{settings.home}[/bold]; real records are elsewhere."
    )
    with open_demo(settings, seed=seed, days=14, faults=parse_faults(faults)) as running:
        _bring_in(running, screen)
        if not once:
            _go_live(running, screen, speed=speed, port=port, ends_in=ends_in, browser=browser)
        _finish(running)


def _bring_in(running: Demo, screen: Console) -> None:
    """The planet's last two days, in steps that no upstream's list is too short for."""
    from terraloom.universe.demo import BEFORE

    first = running.clock.now()
    if not screen.is_terminal:
        screen.print("Bringing in two days, which takes a minute or two …")
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("bringing in two days", total=BEFORE.total_seconds())

        def tell(at: datetime) -> None:
            bar.update(task, completed=(at - first).total_seconds())

        running.bring_in(first + BEFORE, timedelta(hours=3), tell)
    screen.print(f"{running.polls} polls brought in two days; {_counts(running)}.")


COUNTS = """
SELECT (SELECT count(*) FROM normalized_event_records), (SELECT count(*) FROM source_events),
       (SELECT count(*) FROM disaster_events WHERE state = 'current'), (SELECT count(*) FROM quarantine),
       (SELECT coalesce(sum(n), 0) FROM series), (SELECT count(*) FROM series)
"""


def _counts(running: Demo) -> str:
    with running.runtime.pool.connection() as connection:
        row = connection.execute(COUNTS).fetchone()
    assert row is not None, "counts always give a row"
    return (
        f"{row[0]} versions of {row[1]} reports are {row[2]} events; {row[4]} values of {row[5]} series; "
        f"{row[3]} records in quarantine"
    )


def _go_live(
    running: Demo, screen: Console, *, speed: float, port: int | None, ends_in: float | None, browser: bool
) -> None:
    """Poll in a thread and serve in this one, until Ctrl-C, SIGTERM or the end of the time."""
    import uvicorn

    from terraloom.serve.app import create_app

    with _listening(running.runtime.settings, port) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        app = create_app(running.runtime, clock=running.clock.now, speed=lambda: running.clock.speed)
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
        )
        _greet(screen, url, running, speed, ends_in)
        if browser and screen.is_terminal:
            _open_browser(url)
        with _polling(running, speed), _ending(server, ends_in), suppress(KeyboardInterrupt, SystemExit):
            server.run(sockets=[listening])


@contextmanager
def _polling(running: Demo, speed: float) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=running.live, args=(stop, speed), name="demo-polls")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _ending(server: object, ends_in: float | None) -> Iterator[None]:
    """Ask the pages' server to end after so many seconds."""
    timer = threading.Timer(ends_in or 0, lambda: setattr(server, "should_exit", True))
    if ends_in:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _listening(settings: Settings, port: int | None) -> socket.socket:
    """The wanted port; without a wish the usual one, or a free one where that is taken."""
    from terraloom.errors import ConfigError

    for wanted in [port] if port is not None else [settings.serve.port, 0]:
        with suppress(OSError):
            return socket.create_server(("127.0.0.1", wanted))
    raise ConfigError("--port", port, "a port that is free")


def _greet(screen: Console, url: str, running: Demo, speed: float, ends_in: float | None) -> None:
    upstream = f"{running.server.url}/earthquake.usgs.gov/earthquakes/feed/v1.0/summary/all_day.geojson"
    lines = [
        f"[bold]{url}[/bold]",
        "",
        "[bold]Everything here is simulated[/bold], and every page says so. Eleven agencies",
        "report the earthquakes, storms, floods, fires and eruptions of a planet",
        f"that runs {speed:g} times as fast as ours. Each has its delays and errors,",
        "and now and then their servers fail.",
        "",
        "Look at  the map: new events appear without reload",
        "         an event near Malatya, Türkiye: who reported it, how far apart,",
        "         and why the reports were joined",
        f"         {url}sources   how each source is doing",
        f"Ends     {f'after {ends_in:g} s' if ends_in else 'with Ctrl-C'}, then the score",
    ]
    screen.print(Panel("\n".join(lines), title="Terraloom demo", expand=False))
    screen.print(f"What an upstream says: {upstream}", soft_wrap=True)


def _open_browser(url: str) -> None:
    import webbrowser

    with suppress(webbrowser.Error):
        webbrowser.open(url)


def _finish(running: Demo) -> None:
    from terraloom.cli._show import show_text
    from terraloom.cli.universe import print_score

    found = running.score()
    faults = ", ".join(
        f"{n} {kind}" for kind, n in sorted(running.server.faults.counts.items()) if kind != "none"
    )
    show_text(f"{running.server.requests} requests; faults of the upstreams: {faults or 'none'}")
    print_score(found)
    if not found.faultless:
        raise typer.Exit(1)
