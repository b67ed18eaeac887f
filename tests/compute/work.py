"""Work that goes well, fails, dies, grows and hangs: functions that other processes can import."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path


def double(n: int) -> int:
    return 2 * n


def odd_only(n: int) -> int:
    if n % 2 == 0:
        raise ValueError(f"{n} is even")
    return n


def pid(_: int) -> int:
    return os.getpid()


def die_once(marks: str) -> str:
    """Is killed the first time, as the system does when memory is out."""
    mark = Path(marks)
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def grow(megabytes: int) -> int:
    """Take so much memory, and use it."""
    held = bytearray(os.urandom(1)) * (megabytes * 1_000_000)
    time.sleep(1)
    return len(held)


def mapped(path: str) -> int:
    """Read a whole file that is mapped into memory."""
    import mmap

    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        total = sum(content[n] for n in range(0, len(content), 4096))
        time.sleep(0.3)
    return total


def write_and_hang(_: int) -> None:
    """Leaves a temporary file behind when it is killed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "half").write_bytes(b"done")
        time.sleep(60)


def hang(_: int) -> None:
    time.sleep(60)
