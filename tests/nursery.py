"""Start processes that ingest payloads (`ingesting_process.py`), and see how they end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from terraloom.records import Payload

SCRIPT = Path(__file__).with_name("ingesting_process.py")


class Nursery:
    """One process that has everything imported, and forks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(
        self,
        database_url: str,
        folder: Path,
        payloads: Sequence[Payload],
        *,
        archive: Path | None = None,
        batch: int = 1,
        keep: bool = False,
        die_at: int = 0,
        steps: bool = False,
    ) -> int:
        """
        Ingest `payloads`, `batch` at a time, in a new process, whose pid is returned.

        `keep`: archive all of them first, as a poll does. `die_at`: be killed at that step. `folder` gets
        the input and, with `steps`, the names of all steps (file ``steps.json``).
        """
        folder.mkdir(parents=True, exist_ok=True)
        given = folder / "payloads"
        given.write_bytes(msgspec.msgpack.encode(payloads))
        options = {
            "database_url": database_url,
            "archive": str(archive or folder / "archive"),
            "payloads": str(given),
            "batch": batch,
            "keep": keep,
            "die_at": die_at,
            "steps": str(folder / "steps.json") if steps or die_at else "",
        }
        return int(self._ask(json.dumps(options)))

    def ended(self) -> list[int]:
        """Wait for all that were started; their exit statuses (-9: killed), in that order."""
        statuses: list[int] = json.loads(self._ask("end"))
        return statuses

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


@contextmanager
def open_nursery() -> Iterator[Nursery]:
    with subprocess.Popen(
        [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Nursery(process)
        process.communicate(timeout=20)  # the end of its input ends it
