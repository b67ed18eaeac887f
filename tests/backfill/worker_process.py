"""
Workers of backfill as processes of their own, to be killed.

This process imports everything and forks a worker for each line of options it reads, which is far quicker
than starting Python each time. It writes the pid of each; a worker makes the file ``started-<pid>`` when it
works and ``ended-<pid>`` when it ended cleanly.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from toys import WAYS

from terraloom import logs
from terraloom.backfill.kinds import kinds
from terraloom.backfill.runner import Runner
from terraloom.config import load
from terraloom.polling.opening import open_poller
from terraloom.polling.running import RuledIngest, wait_for
from terraloom.polling.worker import Timing, Worker
from terraloom.runtime import open_runtime

TIMING = Timing(beat_s=0.2, lease=timedelta(seconds=1.5), drain_s=10)


def work(options: dict[str, Any]) -> None:
    home = Path(options["home"])
    settings = load(
        home=home,
        database_url=options["database_url"],
        fetch={
            "point_at": options["upstream"],
            "attempts": 3,
            "backoff_initial_s": 0.02,
            "backoff_max_s": 0.2,
            "concurrency_per_host": 12,
            "breaker": {"failures": 50, "recovery_s": 1.0},
        },
        backfill={"per_host": 48, "backoff_initial_s": 0.2, "backoff_max_s": 2.0, "attempts": 12},
        logs={"level": "error"},
    )
    logs.configure(settings.logs)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with (
        open_runtime(settings, migrate=False) as runtime,
        open_poller(runtime, RuledIngest(settings)) as poller,
    ):
        runner = Runner(poller, ways={**kinds(), **WAYS})
        worker = Worker(poller, timing=TIMING, runner=runner, polls=False)
        worker.start()
        (home / f"started-{os.getpid()}").touch()
        wait_for(stop)
        faulthandler.dump_traceback_later(60)  # where it hangs, for the test's report
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
