"""Settings that change while a process runs: edit the file, and it takes effect without a restart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
import watchfiles

from terraloom.config import Settings, candidates, load
from terraloom.errors import ConfigError

RESTART = ("home", "database_url", "storage_url", "serve", "database")
"""Read once, when a process starts; a change is reported and waits for the next start."""

log = structlog.get_logger(__name__)


def reloaded(current: Settings, path: Path | None = None) -> Settings:
    """
    The settings as the file says now; `current` where it is wrong or nothing changed (logged).

    Keys of `RESTART` keep their present values.
    """
    try:
        fresh = load(path)
    except ConfigError as error:
        log.error("config.rejected", key=error.key, reason=str(error), hint="the old settings stay in force")
        return current
    waiting = [key for key in RESTART if getattr(fresh, key) != getattr(current, key)]
    if waiting:
        log.warning("config.needs_restart", keys=waiting)
    fresh = fresh.model_copy(update={key: getattr(current, key) for key in RESTART})
    changed = [key for key in Settings.model_fields if getattr(fresh, key) != getattr(current, key)]
    if not changed:
        return current
    log.info("config.reloaded", keys=changed)
    return fresh


def watch(current: Settings, stop: threading.Event) -> Iterator[Settings]:
    """Yield new settings each time the file changes for the better, until `stop` is set. Blocks."""
    files = [current.config_file] if current.config_file else candidates(current.home)
    # Folders, not files: editors replace a file, and one that is absent may come.
    folders = {file.absolute().parent for file in files}
    wanted = {str(file.absolute()) for file in files}
    present = [folder for folder in folders if folder.is_dir()]
    for changes in watchfiles.watch(*present, stop_event=stop, recursive=False, raise_interrupt=False):
        if wanted.isdisjoint(path for _, path in changes):
            continue
        fresh = reloaded(current, current.config_file)
        if fresh is not current:
            current = fresh
            yield fresh


@contextmanager
def watching(settings: Settings, use: Callable[[Settings], None]) -> Iterator[None]:
    """Call `use` with new settings, in a thread, for as long as the block runs."""
    stop = threading.Event()

    def follow() -> None:
        for fresh in watch(settings, stop):
            try:
                use(fresh)
            except Exception as error:  # outermost loop: the next change of the file must be seen
                told = f"{type(error).__name__}: {error}"
                log.error("config.not_applied", error=told, hint="save the file again to try again")

    thread = threading.Thread(target=follow, name="config-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)
