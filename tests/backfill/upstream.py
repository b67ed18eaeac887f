"""Archives that kinds can ask: the simulated planet on loopback, and answers written by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache

import httpx
from msgspec import Struct, field

from terraloom.backfill.jobs import Campaign, Found, Held, Job, Smaller, Window
from terraloom.backfill.kinds import kind
from terraloom.config import Fetch
from terraloom.fetching import Client
from terraloom.records import Payload, Record
from terraloom.sources import source
from terraloom.universe.clock import Clock
from terraloom.universe.faults import Fault, Faults
from terraloom.universe.planet import Planet
from terraloom.universe.server import Server

START = datetime(2026, 11, 18, tzinfo=UTC)
PATIENT = {"attempts": 12, "backoff_initial_s": 0.001, "rate_per_minute": 1e6, "read_timeout_s": 5.0}


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def between(start: str, end: str) -> Window:
    return Window(day(start), day(end))


class Outcome(Struct):
    """What a campaign came to. `done` are the jobs that ended with a `Held`, in order."""

    payloads: list[Payload] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    done: list[Job] = field(default_factory=list)
    split: list[Smaller] = field(default_factory=list)

    @property
    def records(self) -> list[Record]:
        return [one for payload in self.payloads for one in source(payload.source).parse(payload)]


async def ask(job: Job, client: Client) -> list[Found]:
    """What one job yields."""
    fetcher = client.for_source(source(job.source).info)
    return [found async for found in kind(job.kind).run(job, fetcher)]


async def run(jobs: Iterable[Job], client: Client) -> Outcome:
    """Run jobs one by one, and those that they are split into."""
    outcome, waiting = Outcome(), list(jobs)
    while waiting:
        job = waiting.pop(0)
        for found in await ask(job, client):
            if isinstance(found, Payload):
                outcome.payloads.append(found)
            elif isinstance(found, Held):
                outcome.held.append(found)
                outcome.done.append(job)
            else:
                outcome.split.append(found)
                waiting = [*found.jobs, *waiting]
    return outcome


def planned(campaign: Campaign) -> list[Job]:
    return list(kind(campaign.kind).plan(campaign))


@cache
def planet() -> Planet:
    return Planet(3, START, 1)


@asynccontextmanager
async def simulated(
    rules: Iterable[Fault] = (), scripts: Mapping[str, Iterable[Fault]] | None = None
) -> AsyncIterator[Client]:
    """A client whose requests all go to the simulated planet, with these faults."""
    faults = Faults(1, rules)
    for host, script in (scripts or {}).items():
        faults.script(host, script)
    async with Server(planet(), Clock(START, speed=0), faults) as server:
        settings = Fetch.model_validate({**PATIENT, "point_at": server.url})
        async with Client(settings, sleep=_no_time, observers=()) as client:
            yield client


Answer = Callable[[httpx.Request], httpx.Response]


@asynccontextmanager
async def answering(answer: Answer, **settings: object) -> AsyncIterator[Client]:
    """A client whose requests are all answered by a function, as fast as they come."""
    elsewhere = {"point_at": "http://stand-in.example"}  # hosts that are played have no limit of rate
    fetch = Fetch.model_validate({**PATIENT, "attempts": 2, **elsewhere, **settings})

    def streamed(request: httpx.Request) -> httpx.Response:
        said = answer(request)  # the client reads bodies as they come, which one made whole cannot do
        stream = httpx.ByteStream(said.content)
        return httpx.Response(said.status_code, headers=said.headers, stream=stream)

    async with Client(fetch, transport=httpx.MockTransport(streamed), sleep=_no_time, observers=()) as client:
        yield client


async def _no_time(seconds: float) -> None:
    await asyncio.sleep(0)
