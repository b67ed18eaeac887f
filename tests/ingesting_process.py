"""
Processes that ingest payloads; each can be told to die (SIGKILL) at a step inside of it.

This process imports everything once and forks for each line of options, which is far quicker than starting
Python each time. It answers each line with the child's pid, and a line ``end`` with the exit status of each
child, once all have ended.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psycopg

import terraloom.ingest
from terraloom.archive import Archive, keep
from terraloom.hazards.population import gazetteer
from terraloom.hazards.rules import Rules
from terraloom.records import Payload
from terraloom.sources import registry


class Steps:
    """Names every step as it comes, and dies before the `die_at`th (0 = never)."""

    def __init__(self, die_at: int) -> None:
        self.die_at = die_at
        self.names: list[str] = []

    def come(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def watch(steps: Steps) -> None:
    """Let every statement, every write into the archive and the commit be a step."""

    def before(owner: Any, name: str, label: Callable[..., str]) -> None:
        real = getattr(owner, name)

        @functools.wraps(real)
        def stepping(*args: Any, **kwargs: Any) -> Any:
            steps.come(label(*args))
            return real(*args, **kwargs)

        setattr(owner, name, stepping)

    def applied(*args: Any, **kwargs: Any) -> Any:
        results = apply(*args, **kwargs)
        steps.come("before commit")
        return results

    apply = terraloom.ingest.apply
    terraloom.ingest.apply = applied
    before(psycopg.Cursor, "execute", lambda _, query, *__: statement(query))
    before(psycopg.Cursor, "copy", lambda _, query, *__: statement(query))
    before(Archive, "put", lambda *_: "archive put")
    before(os, "replace", lambda *_: "archive rename")


def statement(query: Any) -> str:
    """Its first words."""
    text = query if isinstance(query, str) else query.as_string()
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return " ".join(" ".join(lines).split())[:60]


def work(options: dict[str, Any]) -> None:
    """Keep, then ingest, as a poll does; without `keep`, ingest alone."""
    payloads = msgspec.msgpack.decode(Path(options["payloads"]).read_bytes(), type=list[Payload])
    steps = Steps(options["die_at"])
    if options["steps"]:
        watch(steps)
    archive = Archive.open(options["archive"], fsync=False)
    with psycopg.connect(options["database_url"]) as connection:
        if options["keep"]:
            keep(connection, archive, payloads, licences={})
            connection.commit()
            steps.come("payloads kept")
        for n in range(0, len(payloads), options["batch"]):
            terraloom.ingest.ingest(connection, archive, payloads[n : n + options["batch"]], Rules())
        steps.come("after commit")
    if options["steps"]:
        Path(options["steps"]).write_text(json.dumps(steps.names))


def main() -> None:
    registry()
    gazetteer()
    children: list[int] = []
    for line in sys.stdin:
        if line.strip() == "end":
            statuses = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
            print(json.dumps(statuses), flush=True)
            children.clear()
            continue
        pid = os.fork()
        if pid == 0:
            try:
                work(json.loads(line))
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        children.append(pid)
        print(pid, flush=True)


main()
