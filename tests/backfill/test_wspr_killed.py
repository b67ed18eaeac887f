"""Two years of WSPR over a bad line, by a command that is killed again and again: each spot comes once."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from random import Random

import pytest
from wspr_world import HOST, World, differences, span, upstream

from terraloom.backfill.wspr.shelf import path_of
from terraloom.universe.faults import Fault, Faults, Kind
from terraloom.universe.wspr_live import Limits

pytest.importorskip("chdb", reason="the extra `clickhouse` is not installed")

MONTHS = span("2021-01", "2022-12")
LINE = {
    Kind.RESET: 0.04,
    Kind.TRUNCATE: 0.04,
    Kind.MALFORMED: 0.06,
    Kind.CUT: 0.02,
    Kind.ERROR: 0.02,
    Kind.THROTTLE: 0.02,
}
CUT_BYTES = 750_000  # between the answers for months of 30 and of 31 days: these never come whole
KILLS = range(10, 61)  # at least, and at most: a slow machine must come to an end, too


@pytest.mark.slow
async def test_two_years_are_the_truth_row_for_row(tmp_path: Path) -> None:
    random = Random(7)
    faults = Faults(7, [Fault(kind, HOST, share, seconds=0.2) for kind, share in LINE.items()])
    status, kills = None, 0
    async with upstream(limits=Limits(CUT_BYTES), faults=faults) as server:
        while status != 0:
            patience = random.uniform(1, 3) if kills < KILLS[-1] else None
            status = await run(tmp_path, server.url, "fetch", patience)
            kills += status is None
            assert status in (None, 0, 1), "1: a month failed, and is tried again"
    assert kills in KILLS
    assert all(faults.counts[kind.value] for kind in LINE)
    for month in MONTHS:
        file = tmp_path / "archive" / path_of(f"{month.start:%Y%m}")
        assert differences(file, month, tmp_path / "truth.parquet") == 0, f"{month.start:%Y-%m}"
    assert await run(tmp_path, "", "verify", None) == 0
    assert [path.name for path in (tmp_path / "wspr").iterdir()] == ["lock"]
    ways = {entry.asked_by for entry in World.shelf_of(tmp_path / "archive").entries()}
    assert {"month", "hours"} <= ways


async def run(home: Path, url: str, command: str, patience_s: float | None) -> int | None:
    """Exit status of `terraloom wspr`; None where it was killed because it took longer."""
    settings = {
        "HOME": str(home),
        "FETCH__POINT_AT": url,
        "FETCH__BACKOFF_INITIAL_S": "0.01",
        "FETCH__BREAKER__RECOVERY_S": "0.2",
        "WSPR__PAUSE_MONTHS_S": "0",
        "WSPR__PAUSE_DAYS_S": "0",
        "LOGS__LEVEL": "error",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from terraloom.cli import main; main()", "wspr", command),
        *("--from", "2021-01", "--to", "2022-12"),
        env={**os.environ, **{f"TERRALOOM_{name}": value for name, value in settings.items()}},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(), patience_s)
    except TimeoutError:
        process.kill()
        await process.communicate()
        return None
    assert b"Traceback" not in said, said.decode()
    return process.returncode
