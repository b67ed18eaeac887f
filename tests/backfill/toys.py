"""An archive small enough to count, asked by a kind that makes its answers itself: no network."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from terraloom.backfill import planning
from terraloom.backfill.jobs import Campaign, Found, Held, Job, Kind, Window
from terraloom.backfill.runner import Runner
from terraloom.errors import FetchError
from terraloom.polling.opening import open_poller
from terraloom.polling.running import RuledIngest
from terraloom.polling.worker import Timing, Worker
from terraloom.records import Payload
from terraloom.runtime import Runtime
from terraloom.sources.base import Fetcher

SOURCE = "usgs-earthquakes-month"
HOST = "toys.example"
BEGIN = datetime(2010, 1, 1, tzinfo=UTC)
DAY_S = 86_400.0


def days(n: int, start: int = 0) -> Window:
    """`n` days from so many days after `BEGIN` on."""
    return Window(BEGIN + timedelta(days=start), BEGIN + timedelta(days=start + n))


def campaign(n: int = 3, start: int = 0, **parameters: str) -> Campaign:
    """A job for each of `n` days. `parameters` tell the toy how to answer."""
    return Campaign(kind="toy", source=SOURCE, window=days(n, start), parameters=parameters, step_s=DAY_S)


class Toy(Kind):
    """
    An archive with `quakes` earthquakes a day. What it does is the job's parameter `answer`:

    nothing (204), whole, twice (the same payload again), half (of the window), few (less than it says there
    is), split (into halves, which are whole), refuse (for good), fail (it may pass), silent (no `Held`),
    halves (split, and what comes of it is refused while `refusing`), wait (unless `goes_on`: then whole).
    """

    name = "toy"
    asked: ClassVar[list[Job]] = []
    refusing: ClassVar[bool] = True
    goes_on: ClassVar[bool] = False

    def plan(self, campaign: Campaign) -> Iterable[Job]:
        for window in planning.steps(planning.span(campaign), campaign.step_s):
            yield Job(
                kind=self.name,
                source=campaign.source,
                series=campaign.series,
                host=campaign.parameters.get("host", HOST),
                window=window,
                parameters=campaign.parameters,
                priority=campaign.priority,
            )

    async def run(self, job: Job, fetcher: Fetcher) -> AsyncIterator[Found]:
        self.asked.append(job)
        answer, window, quakes = (
            job.parameters.get("answer", "nothing"),
            job.window,
            int(job.parameters.get("quakes", "2")),
        )
        assert window is not None
        middle = window.start + (window.end - window.start) / 2
        if answer in ("split", "halves") and window.end - window.start >= timedelta(days=1):
            yield planning.smaller(job, "413: too much")
            return
        if answer in ("refuse", "fail") or (answer == "halves" and self.refusing):
            raise FetchError(f"https://{job.host}/", "no", 503 if answer == "fail" else 404)
        if answer == "wait" and not self.goes_on:
            await asyncio.sleep(3600)
        if answer != "nothing":
            for _ in range(2 if answer == "twice" else 1):
                yield answered(job, quakes, fetcher.now)
        if answer != "silent":
            known = Window(window.start, middle) if answer == "half" else window
            expected = quakes + 1 if answer == "few" else None
            yield Held(window=known, expected=expected, empty=answer == "nothing")


def answered(job: Job, quakes: int, now: datetime) -> Payload:
    """What the archive sends for a job's window."""
    assert job.window is not None
    step = (job.window.end - job.window.start) / quakes
    features = [quake(job.window.start + n * step) for n in range(quakes)]
    body = json.dumps({"type": "FeatureCollection", "metadata": {"count": quakes}, "features": features})
    url = f"https://{job.host}/{job.window.start.isoformat()}"
    return Payload(source=job.source, url=url, fetched_at=now, body=body.encode())


def quake(at: datetime) -> dict[str, Any]:
    """An earthquake far from any other of the archive."""
    seconds = int(at.timestamp())
    code = f"toy{seconds:x}"
    return {
        "type": "Feature",
        "id": f"us{code}",
        "properties": {
            "mag": 5.0,
            "place": "10 km N of Nowhere",
            "time": seconds * 1000,
            "updated": seconds * 1000 + 60_000,
            "ids": f",us{code},",
            "sources": ",us,",
            "types": ",origin,",
            "status": "reviewed",
            "magType": "mww",
            "type": "earthquake",
            "title": "M 5.0 - 10 km N of Nowhere",
            "net": "us",
            "code": code,
            "sig": 385,
            "url": f"https://earthquake.usgs.gov/earthquakes/eventpage/us{code}",
            "detail": f"https://earthquake.usgs.gov/earthquakes/feed/v1.0/detail/us{code}.geojson",
        },
        "geometry": {"type": "Point", "coordinates": [seconds // 3600 % 360 - 180, 10.0, 10.0]},
    }


WAYS: Mapping[str, Kind] = {"toy": Toy()}
QUICK = Timing(beat_s=0.2, lease=timedelta(seconds=1.5), drain_s=5)


@contextmanager
def backfilling(runtime: Runtime, *, timing: Timing = QUICK) -> Iterator[Worker]:
    """A worker that does the toy's jobs, and nothing else."""
    with open_poller(runtime, RuledIngest(runtime.settings)) as poller:
        worker = Worker(poller, timing=timing, runner=Runner(poller, ways=WAYS), polls=False)
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()


def until(condition: Callable[[], Any], *, seconds: float = 30.0) -> Any:
    """Wait until `condition` holds, and return what it gave."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")
