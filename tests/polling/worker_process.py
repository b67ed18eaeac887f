"""
Workers as processes of their own, on the toy feed; each can be told to die at a point of a poll, once.

This process imports everything and forks a worker for each line of options it reads, which is far quicker
than starting Python each time. It writes the pid of each; a worker makes the file ``started-<pid>`` when it
works
and ``ended-<pid>`` when it ended cleanly.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from toy import count, toy_source

from terraloom import logs
from terraloom.config import load
from terraloom.polling.loop import Loop
from terraloom.polling.opening import open_client
from terraloom.polling.poller import Applied, Fetched, Poller
from terraloom.polling.running import wait_for
from terraloom.polling.worker import Timing, Worker
from terraloom.runtime import open_runtime

TIMING = Timing(
    beat_s=0.2, lease=timedelta(seconds=1.5), sweep_s=1.0, sweep_older_than=timedelta(seconds=20), drain_s=5
)


class Mortal(Poller):
    """Dies (SIGKILL) when it passes the point it was told, if nobody died there yet."""

    point = ""
    tomb = Path()

    def die_at(self, point: str) -> None:
        if point == self.point:
            try:
                self.tomb.touch(exist_ok=False)
            except FileExistsError:
                return
            os.kill(os.getpid(), signal.SIGKILL)

    def fetch(self, source_id: str) -> Fetched:
        self.die_at("before fetch")
        fetched = super().fetch(source_id)
        self.die_at("after fetch")
        return fetched

    def keep(self, *args: Any) -> None:
        self.die_at("before archiving")
        super().keep(*args)
        self.die_at("after archiving")

    def apply(self, payload_ids: Sequence[str]) -> Applied:
        applied = super().apply(payload_ids)
        self.die_at("after apply")
        return applied

    def close(self, *args: Any) -> Any:
        self.die_at("before close")
        outcome = super().close(*args)
        self.die_at("after close")
        return outcome


def work(options: dict[str, Any]) -> None:
    home = Path(options["home"])
    Mortal.point, Mortal.tomb = options["die"], home / "tomb"
    settings = load(
        home=home,
        database_url=options["database_url"],
        fetch={"point_at": options["upstream"], "attempts": 1},
        worker={"catch_up": options["catch_up"]},
    )
    logs.configure(settings.logs)
    source = toy_source(every=options["every"])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def dying_ingest(connection: Any, *rest: Any) -> None:
        with connection.transaction():
            count(connection, *rest)
            poller.die_at("before commit")

    with (
        open_runtime(settings, migrate=False) as runtime,
        Loop() as loop,
        open_client(runtime, loop, settings.fetch) as client,
    ):
        sources, infos = {source.info.id: source}, {source.info.id: source.info}
        poller = Mortal(runtime, sources, infos=infos, upstreams=client, loop=loop, ingest=dying_ingest)
        worker = Worker(poller, timing=TIMING)
        worker.start()
        (home / f"started-{os.getpid()}").touch()
        wait_for(stop)
        worker.stop()
    (home / f"ended-{os.getpid()}").touch()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the workers
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            work(json.loads(line))
            os._exit(0)
        print(pid, flush=True)


main()
