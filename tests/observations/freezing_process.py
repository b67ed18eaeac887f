"""
Processes that move a partition to a file, or back; each can be told to die (SIGKILL) at a step inside of it.

This process imports everything once and forks for each line of options; it answers with the child's exit
status, and the steps that it came to are in a file.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from terraloom.archive.objects import Objects
from terraloom.observations import partitions
from terraloom.observations.cold import freezing, manifest
from terraloom.observations.cold.thawing import thaw


def watch(file: Path, die_at: int) -> None:
    """Let every statement, every write into the storage and every commit be a step."""
    names: list[str] = []

    def before(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        @functools.wraps(real)
        def stepping(*args: Any, **kwargs: Any) -> Any:
            names.append(f"{name} {said(args[1])}" if name == "execute" else name)
            file.write_text(json.dumps(names))
            if len(names) == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        setattr(owner, name, stepping)

    before(psycopg.Cursor, "execute")
    before(psycopg.Cursor, "copy")
    before(psycopg.Connection, "_exec_command")  # BEGIN, COMMIT
    before(Objects, "put_file")
    before(os, "replace")


def said(query: Any) -> str:
    text = query if isinstance(query, str) else query.as_string()
    return " ".join(line for line in text.splitlines() if not line.startswith("--"))[:40]


def work(options: dict[str, Any]) -> None:
    watch(Path(options["steps"]), options["die_at"])
    store = Objects.open_at(options["store"], fsync=False)
    with psycopg.connect(options["database_url"]) as connection:
        if options["thaw"]:
            for cold in manifest.everything(connection):
                thaw(connection, store, cold)
        else:
            [one] = partitions.existing(connection)
            freezing.freeze(connection, store, one, datetime(2030, 1, 1, tzinfo=UTC))


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)  # standard output is for the answers
            try:
                work(json.loads(line))
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


main()
