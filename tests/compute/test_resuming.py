"""A run that was killed goes on where it was, and the answer is the same to the last bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spots import made

from terraloom.compute.aggregating import Aggregated, Aggregation
from terraloom.compute.engine import Inline
from terraloom.compute.files import found
from terraloom.compute.folding import PENDING
from terraloom.compute.progress import Progress
from terraloom.compute.spec import understood
from terraloom.errors import ConfigError

SPEC: dict[str, Any] = {
    "by": ["band"],
    "measures": {
        "n": "count()",
        "mhz": "sum(mhz / 3)",
        "deviation": "deviation(mhz * snr)",
        "tx": "distinct(tx)",
        "snr": "quantile(mhz + snr, 0.3)",
        "far": "top(3, km, tx)",
    },
}
FILES = 2 * PENDING + 5


class Killed(Exception):
    pass


def dying_after(n: int) -> Callable[[], None]:
    left = iter(range(n))

    def after_each() -> None:
        if next(left, None) is None:
            raise Killed

    return after_each


def run(folder: Path, **more: Any) -> Aggregated:
    files = found([str(folder / "*.parquet")])
    progress = Progress(folder / "progress", b"spec")
    after_each = more.pop("after_each", lambda: None)
    return Aggregation(understood(SPEC), files, progress=progress, **more).run(Inline(), after_each)


@pytest.mark.slow
def test_a_run_killed_again_and_again_reads_no_file_twice_and_gives_the_same(tmp_path: Path) -> None:
    made(tmp_path, files=FILES, rows=40)
    whole = run(tmp_path)
    for at in (0, 3, PENDING, PENDING + 1, 2 * PENDING + 2):
        with pytest.raises(Killed):
            run(tmp_path, resume=at > 0, after_each=dying_after(at))
    read: list[None] = []
    done = run(tmp_path, resume=True, after_each=lambda: read.append(None))
    assert done.tables["result"].equals(whole.tables["result"])
    assert len(done.peaks) == FILES - (2 * PENDING + 3)  # the one that was under way was kept
    assert len(read) == FILES


def test_without_resume_all_is_read_again(tmp_path: Path) -> None:
    made(tmp_path, files=3, rows=40)
    with pytest.raises(Killed):
        run(tmp_path, after_each=dying_after(1))
    assert len(run(tmp_path).peaks) == 3


def test_a_file_that_changed_since_is_refused(tmp_path: Path) -> None:
    made(tmp_path, files=PENDING + 1, rows=40)
    with pytest.raises(Killed):
        run(tmp_path, after_each=dying_after(PENDING))
    os.utime(tmp_path / "spots-0.parquet", ns=(1, 1))
    with pytest.raises(ConfigError, match=r"spots-0\.parquet.*the file as it was"):
        run(tmp_path, resume=True)


def test_another_spec_is_refused(tmp_path: Path) -> None:
    made(tmp_path, files=1, rows=40)
    run(tmp_path)
    with pytest.raises(ConfigError, match="a run of the same spec"):
        Progress(tmp_path / "progress", b"another").begin([], resume=True)


def test_a_command_killed_from_outside_goes_on(tmp_path: Path) -> None:
    files = made(tmp_path, files=12, rows=40_000)
    (tmp_path / "spec.yaml").write_text("by: [band]\nmeasures: {n: count(), tx: 'distinct(tx, km)'}\n")
    out = tmp_path / "out.json"
    command = [
        str(Path(sys.executable).with_name("terraloom")),
        "aggregate",
        str(tmp_path / "spec.yaml"),
        *files,
    ]
    running = subprocess.Popen([*command, "--output", str(out), "--workers", "1"])
    given = tmp_path / ".out.json.progress"
    while len(list(given.glob("*.given"))) < 3:
        assert running.poll() is None, "it ended before it could be killed"
        time.sleep(0.005)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not out.exists()
    subprocess.run([*command, "--output", str(out), "--resume"], check=True)
    resumed = out.read_bytes()
    subprocess.run([*command, "--output", str(out)], check=True)
    assert out.read_bytes() == resumed
    assert not given.exists()
