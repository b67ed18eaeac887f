"""The nouns of backfill: a campaign is planned into jobs, and a job asks one archive for one window."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import ClassVar
from uuid import UUID

from msgspec import Struct

from terraloom.records import Payload, derived_id
from terraloom.sources.base import Fetcher

PRIORITY = 100  # of a job that nobody gave another; lower goes first


class Window(Struct, frozen=True, order=True):
    """A span of time, UTC, `start` ≤ t < `end`."""

    start: datetime
    end: datetime


class Campaign(Struct, frozen=True, kw_only=True):
    """
    What somebody wants of an archive: planned by its kind into jobs.

    `source` is the registered source whose parser reads the answers; `parameters` are the kind's own (an
    address, a dataset, a least magnitude), `step` the span of one job in seconds, 0 where the kind chooses.
    """

    kind: str
    source: str
    series: str = ""  # what of the source: a dataset, a band, a station; part of the key in the ledger
    window: Window | None = None  # None: the archive is asked for as a whole
    parameters: Mapping[str, str] = {}
    step_s: float = 0.0
    priority: int = PRIORITY


class Job(Struct, frozen=True, kw_only=True, dict=True):
    """One request for one window (all of it where None). `id` is derived: the same job twice is one."""

    kind: str
    source: str
    host: str  # whose concurrency and rate it counts against
    series: str = ""
    window: Window | None = None
    parameters: Mapping[str, str] = {}
    priority: int = PRIORITY

    @cached_property
    def id(self) -> UUID:
        span = (self.window.start.isoformat(), self.window.end.isoformat()) if self.window else ()
        said = [part for item in sorted(self.parameters.items()) for part in item]
        return derived_id("backfill", self.kind, self.source, self.series, *span, *said)


class Held(Struct, frozen=True, kw_only=True):
    """
    What the archive's answers so far amount to: `window` of the job's series is now known.

    `expected` is the number of records that the service says there are, where it says so: a job whose
    payloads hold fewer is not done. `empty` says that the service answered that there is nothing.
    """

    window: Window | None
    expected: int | None = None
    empty: bool = False


class Smaller(Struct, frozen=True):
    """The window is too much for one answer (413, a row limit, cut off): do these jobs instead."""

    jobs: tuple[Job, ...]
    reason: str


Found = Payload | Held | Smaller
"""What a running job yields: payloads in the order of receipt, each archived before the next is asked for."""


class Kind:
    """
    One way to ask an archive. Subclasses set `name` and write `plan` and `run`; both know no database.

    A job that ends without a `Held` for all of its window, and without `Smaller`, is not done: its answer
    was shorter than what was asked. What makes an answer wrong raises `FetchError` with the reason.
    """

    name: ClassVar[str]

    def plan(self, campaign: Campaign) -> Iterable[Job]:
        """The jobs of a campaign, the same in the same order each time. Raises `ConfigError`."""
        raise TypeError(f"{type(self).__name__} does not plan")

    def run(self, job: Job, fetcher: Fetcher) -> AsyncIterator[Found]:
        """Ask for one job's window. Raises `FetchError`."""
        raise TypeError(f"{type(self).__name__} does not run")
