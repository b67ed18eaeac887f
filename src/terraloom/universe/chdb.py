"""The door to `chdb_process`: started when first asked, one statement at a time."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from terraloom.errors import MissingExtra
from terraloom.universe.chdb_process import Done, Wish


def check_installed() -> None:
    """Raise `MissingExtra` where chdb is not installed; it is not imported here."""
    if importlib.util.find_spec("chdb") is None:
        raise MissingExtra("chdb", "clickhouse")


class Chdb:
    """ClickHouse with its tables in `folder`. The clock of its SQL is UTC."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._answers: asyncio.StreamReader | None = None
        self._pipe: asyncio.ReadTransport | None = None
        self._turn = asyncio.Lock()

    @property
    def alive(self) -> bool:
        """Whether the process with its tables is there."""
        return self._process is not None and self._process.returncode is None

    async def run(self, sql: str, **params: Any) -> Done:
        """
        Run one statement. A process that died under it is an error like any other, and the next statement
        gets a new one. Raises `MissingExtra`.
        """
        async with self._turn:
            if not self.alive:
                await self._start()
            assert self._process is not None
            assert self._process.stdin is not None
            assert self._answers is not None
            self._process.stdin.write(msgspec.json.encode(Wish(sql, params)) + b"\n")
            try:
                line = await self._answers.readline()
            except asyncio.CancelledError:
                self._process.kill()  # its answer would be taken for that of the next
                raise
            if not line:
                await self._process.wait()
                return Done(error=f"Code: 1001. DB::Exception: chdb died ({self._process.returncode})")
            return msgspec.json.decode(line, type=Done)

    async def close(self) -> None:
        if self._process is not None and self.alive:
            self._process.kill()
            await self._process.wait()
        if self._pipe is not None:
            self._pipe.close()

    async def _start(self) -> None:
        check_installed()
        await self.close()
        read, write = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "terraloom.universe.chdb_process", str(self._folder), str(write)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=[write],
                env={**os.environ, "TZ": "UTC"},
            )
        finally:
            os.close(write)
        self._answers = asyncio.StreamReader(limit=1 << 26)
        protocol = asyncio.StreamReaderProtocol(self._answers)
        loop = asyncio.get_running_loop()
        self._pipe, _ = await loop.connect_read_pipe(lambda: protocol, os.fdopen(read, "rb"))
