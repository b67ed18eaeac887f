"""The machine that figures were measured on, and a scratch database on it."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from terraloom.archive import Archive
from terraloom.db.cluster import start_embedded, stop_embedded
from terraloom.db.migrate import migrate


def describe() -> str:
    """Processor, cores, memory, load, and what one fsync costs."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        cpu = names[0] if names else cpu
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{cpu}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, load {os.getloadavg()[0]:.1f}, "
        f"fsync {_fsync_ms():.1f} ms, Python {platform.python_version()}"
    )


def _fsync_ms() -> float:
    with tempfile.NamedTemporaryFile() as file:
        times = []
        for _ in range(20):
            file.write(b"x" * 4096)
            begun = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    return sorted(times)[10] * 1e3


class Scratch:
    """A database and an archive of their own."""

    def __init__(self, url: str, archive: Archive) -> None:
        self.url, self.archive = url, archive

    def connect(self) -> Connection[Any]:
        connection = psycopg.connect(self.url)
        connection.execute("SET timezone = 'UTC'")
        connection.commit()
        return connection


@contextmanager
def scratch() -> Iterator[Scratch]:
    """As a user has it by default: the embedded server, durable commits, an archive that is fsynced."""
    with tempfile.TemporaryDirectory(prefix="terraloom-bench-") as folder:
        url = start_embedded(Path(folder))
        migrate(url)
        try:
            yield Scratch(url, Archive.open(str(Path(folder) / "archive")))
        finally:
            stop_embedded(Path(folder))
