"""Work that repeats in a thread of its own until the worker stops."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

AFTER_FAILURE_S = 2.0
HURRIED_S = 0.05  # several wishes to hurry that come within are one


class Repeating:
    """Calls `work` again and again; it returns the pause in seconds. A failure is logged, never the end."""

    def __init__(self, name: str, work: Callable[[], float]) -> None:
        self._name, self._work = name, work
        self._stop, self._hurry = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"terraloom-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def hurry(self) -> None:
        """Do not wait out the pause: there may be something to do."""
        self._hurry.set()

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._stop.set()
        self._hurry.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = 0.0
        while not self._stop.is_set():
            if self._hurry.wait(pause):
                self._stop.wait(HURRIED_S)
                self._hurry.clear()
            if self._stop.is_set():
                return
            try:
                pause = self._work()
            except Exception as error:  # outermost loop: the database may be away, the next round tries again
                log.warning(f"worker.{self._name}_failed", error=f"{type(error).__name__}: {error}")
                pause = AFTER_FAILURE_S
