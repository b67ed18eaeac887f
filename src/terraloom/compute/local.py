"""
A fresh process per item on this machine: all its memory returns to the system when it ends.

Processes are forked from a server that has imported what they need and holds no thread (a new interpreter
would take 0.4 s each, a fork takes 3 ms). Resident memory is watched from outside and the process killed
above its limit. `RLIMIT_AS` would count what is only reserved or mapped from files, as DuckDB and Polars do
by the gigabyte, and a cgroup needs rights that users seldom have.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import resource
import shutil
import signal
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

import psutil

from terraloom.compute.engine import Done, Failed, Item, Limits, Result, reason

WATCH_S = 0.05  # a process that takes 1 GB/s gets 50 MB past its limit
PRELOAD = ["terraloom.compute.folding"]


class Local:
    """`workers` processes at a time."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map(
        self, work: Callable[[Item], Result], items: Sequence[Item], limits: Limits
    ) -> Iterator[Done[Item, Result] | Failed[Item]]:
        waiting = deque((item, 1) for item in items)
        running: list[_Running] = []
        try:
            while waiting or running:
                over = [one for one in running if one.ended(limits)]
                for one in over:
                    running.remove(one)
                    if one.repeats(limits):
                        waiting.append((one.item, one.attempt + 1))
                while (
                    waiting and len(running) < self.workers
                ):  # before outcomes are taken, which may take long
                    running.append(_Running(work, *waiting.popleft()))
                yield from (one.outcome for one in over if not one.repeats(limits))
                wait([one.pipe for one in running], WATCH_S)
        finally:
            for one in running:
                one.kill()

    def close(self) -> None:
        pass


class _Running:
    """One process at work on one item."""

    def __init__(self, work: Callable[[Any], Any], item: Any, attempt: int) -> None:
        self.item, self.attempt, self._again = item, attempt, False
        self.outcome: Done[Any, Any] | Failed[Any]
        self.pipe, theirs = multiprocessing.Pipe(duplex=False)
        # Made here, since a process that is killed cannot take it away.
        self._scratch = tempfile.mkdtemp(prefix="terraloom-item-")
        self._begun = perf_counter()
        with _no_main():
            given = theirs, work, item, self._scratch
            self._process = _context().Process(target=_work, args=given, daemon=False)
            self._process.start()
        theirs.close()
        assert self._process.pid is not None, "it has been started"
        self._seen = psutil.Process(self._process.pid)

    def ended(self, limits: Limits) -> bool:
        """Whether there is an outcome; kills what goes beyond its limits."""
        if self.pipe.poll():
            self._receive()
            return True
        used, spent = _anonymous(self._seen), perf_counter() - self._begun
        if used > limits.memory:
            self._fail(f"took {used / 1e6:.0f} MB of memory, more than {limits.memory / 1e6:.0f} MB")
        elif spent > limits.seconds:
            self._fail(f"took longer than {limits.seconds:g} s", again=True)
        else:
            return False
        return True

    def repeats(self, limits: Limits) -> bool:
        """Whether another process shall try it."""
        return self._again and self.attempt < limits.attempts

    def kill(self) -> None:
        self._process.kill()
        self._end()

    def _end(self) -> None:
        self._process.join()
        self.pipe.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _receive(self) -> None:
        try:
            value, failure, peak = pickle.loads(self.pipe.recv_bytes())
        except EOFError:
            self._process.join()
            self._fail(f"its process died ({_cause(self._process.exitcode)})", again=True)
            return
        self._end()
        spent = perf_counter() - self._begun
        self.outcome = Failed(self.item, failure) if failure else Done(self.item, value, peak, spent)

    def _fail(self, why: str, *, again: bool = False) -> None:
        self.kill()
        self.outcome, self._again = Failed(self.item, why), again


def _context() -> Any:
    """Where processes come from: a server that forks, or new interpreters where there is none (Windows)."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


@contextmanager
def _no_main() -> Iterator[None]:
    """Hide the main script: each process would import it again, and a command line takes half a second."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _anonymous(process: psutil.Process) -> int:
    """Resident bytes that no file stands behind; 0 for a process that has just ended."""
    try:
        memory = process.memory_info()
    except psutil.NoSuchProcess:
        return 0
    return int(memory.rss - getattr(memory, "shared", 0))


def _cause(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"


def _work(pipe: Connection, work: Callable[[Any], Any], item: Any, scratch: str) -> None:
    """What the process runs. All its temporary files are in `scratch`."""
    tempfile.tempdir = scratch
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides
    threading.Thread(target=_end_with_parent, args=(scratch,), daemon=True).start()
    value, failure = None, ""
    try:
        value = work(item)
    except Exception as error:  # the outermost: it is told to whoever asked
        failure = reason(error)
    pipe.send_bytes(pickle.dumps((value, failure, peak_memory()), protocol=5))
    pipe.close()


def peak_memory() -> int:
    """Most resident memory that this process ever had, bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # what the system counts else holds for the program that was here before, too
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS counts in bytes


def _end_with_parent(scratch: str) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(1)
