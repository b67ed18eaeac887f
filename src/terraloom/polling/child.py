"""A worker as a child process: it is started again when it dies, and it ends when its parent does."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from multiprocessing.context import SpawnProcess

import structlog

from terraloom import logs
from terraloom.config import Settings
from terraloom.polling.running import run

log = structlog.get_logger(__name__)

AGAIN_AFTER_S = 1.0
PATIENCE_S = 40.0  # longer than a worker lets its polls end


class WorkerProcess:
    """Context manager: keeps one worker process alive. A process of its own, so that pages stay quick."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._process = self._spawn()
        self._keeper = threading.Thread(target=self._keep, name="terraloom-keeper", daemon=True)

    def __enter__(self) -> WorkerProcess:
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._process.terminate()
        self._keeper.join(PATIENCE_S)
        if self._process.is_alive():
            log.warning("worker.killed", pid=self._process.pid)
            self._process.kill()
            self._process.join()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def _spawn(self) -> SpawnProcess:
        process = multiprocessing.get_context("spawn").Process(target=_work, args=(self._settings,))
        process.start()
        return process

    def _keep(self) -> None:
        while True:
            self._process.join()
            if self._stop.wait(AGAIN_AFTER_S):
                return
            log.warning("worker.died", exit_code=self._process.exitcode)
            self._process = self._spawn()
            if self._stop.is_set():  # `__exit__` may have ended the one before
                self._process.terminate()


def _work(settings: Settings) -> None:
    """What the child runs."""
    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches parent and child alike; the parent decides
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=_stop_with_parent, args=(stop,), daemon=True).start()
    logs.configure(settings.logs)
    run(settings, stop)


def _stop_with_parent(stop: threading.Event) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    stop.set()
