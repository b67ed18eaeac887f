"""`terraloom worker`: schedules, polls and what follows them. Run as many as you like on one database."""

from __future__ import annotations

import signal
import threading

import typer

from terraloom import logs
from terraloom.config import load


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker() -> None:
    """
    Poll all sources on their schedules, and do what follows each change (scores, webhooks).

    Any number of workers share one database: each slot is polled once, and what a worker that died left
    unfinished is taken over by the others. Ctrl-C or SIGTERM lets the polls at work end.
    """
    from terraloom.polling.running import run

    settings, stop = load(), threading.Event()
    logs.configure(settings.logs)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    run(settings, stop)
