"""All follow-ups of a process: severity scores, webhooks, details of serious earthquakes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from terraloom.hazards import pager, webhooks
from terraloom.hazards.outbox import PAGER, SEVERITY, WEBHOOKS, Consumer, Loops, catch_up
from terraloom.hazards.population import Population
from terraloom.hazards.population_raster import configured
from terraloom.hazards.scores import store_scores
from terraloom.hazards.webhook_sending import Sender
from terraloom.runtime import Runtime


def severity_consumer(population: Population) -> Consumer:
    """Scores every event that changed."""
    return Consumer(SEVERITY, partial(store_scores, population=population))


def consumers(population: Population, *, simulated: bool = False) -> list[Consumer]:
    """All consumers, in the order in which they must see a change: filters need the score."""
    return [
        severity_consumer(population),
        Consumer(WEBHOOKS, partial(webhooks.plan, simulated=simulated), behind=SEVERITY),
        Consumer(PAGER, pager.plan, behind=SEVERITY),
    ]


@contextmanager
def running(runtime: Runtime, fetch_detail: pager.FetchDetail | None = None) -> Iterator[None]:
    """
    Run all follow-ups in threads of this process, as long as the context lasts.

    `fetch_detail` brings the details of one event in (fetch, archive, ingest); without it they are planned
    and wait for a process that can.
    """
    loops = start(runtime, fetch_detail)
    try:
        yield
    finally:
        loops.stop()


def start(runtime: Runtime, fetch_detail: pager.FetchDetail | None = None) -> Loops:
    """The same without a context: `stop()` what is returned."""
    settings = runtime.settings
    loops = Loops(runtime.database_url)

    def consume() -> bool:
        everyone = consumers(configured(settings.population), simulated=settings.simulated)
        passed = [consumer.consume(runtime.pool) for consumer in everyone]
        return any(passed)

    sender = Sender(runtime.pool, settings.webhooks)
    loops.add("followups", consume)
    loops.add("webhooks", sender.send_due)
    if fetch_detail is not None:
        loops.add("pager", partial(pager.fetch_due, runtime.pool, fetch_detail))
    loops.start()
    return loops


def score_all(runtime: Runtime) -> int:
    """Bring the severity scores up to the outbox, now; returns the rows passed."""
    return catch_up(runtime.pool, [severity_consumer(configured(runtime.settings.population))])
