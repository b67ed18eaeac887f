"""From a campaign to its jobs, and into the queue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg import Connection

from terraloom.backfill import queue
from terraloom.backfill.jobs import Campaign, Job, Kind, Window
from terraloom.backfill.kinds import kinds
from terraloom.backfill.ledger import Noted, note
from terraloom.errors import ConfigError
from terraloom.sources import source

MOST_JOBS = 1_000_000  # of one campaign: more is a mistake in its step


class Seeded(Struct, frozen=True, kw_only=True):
    """
    What seeding did. `jobs` were planned; of them `new` are new, `again` are wanted again; the others were
    known before, or (of gaps) are held already.
    """

    campaign: UUID
    jobs: int
    new: int
    again: int


def seed(
    connection: Connection[Any],
    campaign: Campaign,
    *,
    gaps: bool = False,
    ways: Mapping[str, Kind] | None = None,
    most: int = MOST_JOBS,
) -> Seeded:
    """
    Plan a campaign and put its jobs into the queue. Does not commit. Raises `ConfigError`.

    The same campaign twice gives the same jobs, once. With `gaps`, only what the ledger misses of them.
    """
    jobs = planned(campaign, ways, most=most)
    found = queue.keep_campaign(connection, campaign)
    became = queue.plan(connection, found, jobs, gaps=gaps)
    for (source_id, series), windows in _by_series(jobs).items():
        note(connection, Noted(source=source_id, series=series, expected=windows))
    return Seeded(campaign=found, jobs=became.jobs, new=became.new, again=became.again)


def planned(
    campaign: Campaign, ways: Mapping[str, Kind] | None = None, *, most: int = MOST_JOBS
) -> list[Job]:
    """The jobs of a campaign, in order. Raises `ConfigError`, also where there are more than `most`."""
    source(campaign.source)  # says which there are
    known = kinds() if ways is None else ways
    if campaign.kind not in known:
        raise ConfigError("kind", campaign.kind, "one of " + ", ".join(known))
    if campaign.window and not campaign.window.start < campaign.window.end:
        raise ConfigError("to", campaign.window.end.isoformat(), "a time after the campaign's beginning")
    if campaign.window and campaign.window.end > datetime.now(UTC):
        # An archive has nothing of the time to come, and the ledger would take that for the whole truth.
        raise ConfigError("to", campaign.window.end.isoformat(), "a time that has passed")
    jobs = list(islice(known[campaign.kind].plan(campaign), most + 1))
    if len(jobs) > most:
        raise ConfigError("step", campaign.step_s, f"a step that makes no more than {most} jobs")
    return jobs


def _by_series(jobs: list[Job]) -> dict[tuple[str, str], list[Window | None]]:
    found: dict[tuple[str, str], list[Window | None]] = {}
    for job in jobs:
        found.setdefault((job.source, job.series), []).append(job.window)
    return found
