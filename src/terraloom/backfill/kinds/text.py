"""
Files of text or CSV, one for each month, year or day, or one for all: Dst hours, sunspots, CO₂.

Parameters: ``address``, with ``{year}``, ``{yy}``, ``{month}`` and ``{day}`` where they go (several addresses
by blanks: the next is asked where the one before has no such file, as of final, provisional and current
values); ``by`` (month, year, day; without it the address is asked once); ``cadence`` (PT1H): how often values
come; ``least``: records that a file holds at the least.

The source's own parser says what a file holds. With a cadence its window is known up to the last value; what
is missing then, is missing. A file that the parser cannot read at all is an error, and so is one that holds
fewer records than `least`: it was cut, and text does not show that.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta

from terraloom.backfill import given, planning
from terraloom.backfill.jobs import Campaign, Found, Held, Job, Kind, Window
from terraloom.errors import ConfigError, FetchError
from terraloom.records import HazardReport, Observation, Payload, Record, Reject
from terraloom.sources import hapi, source
from terraloom.sources.base import Fetcher

OWN = ("address", "by", "cadence", "least")
NO_SUCH_FILE = (404, 410)
SLACK = 1.5  # cadences between the last value and the end of a window


class Text(Kind):
    name = "text"

    def plan(self, campaign: Campaign) -> Iterable[Job]:
        given.only(campaign.parameters, OWN, needed=("address",))
        address = campaign.parameters["address"].split()[0]
        return [given.job_of(campaign, address, window) for window in _windows(campaign)]

    async def run(self, job: Job, fetcher: Fetcher) -> AsyncIterator[Found]:
        payload = await _first(fetcher, job)
        found = readable(payload, given.whole(job.parameters, "least", 1))
        yield payload
        yield Held(window=_known(job.window, found, _cadence(job)))


def _windows(campaign: Campaign) -> Iterator[Window | None]:
    by = campaign.parameters.get("by", "")
    if not by:
        yield None
    elif by == "day":
        yield from planning.steps(planning.span(campaign), 86_400)
    elif by in ("month", "year"):
        yield from planning.months(planning.span(campaign), each=12 if by == "year" else 1)
    else:
        raise ConfigError("parameters.by", by, "month, year or day")


async def _first(fetcher: Fetcher, job: Job) -> Payload:
    """The file under the first of the addresses that has one. Raises `FetchError`."""
    addresses = [given.filled(one, job.window) for one in job.parameters["address"].split()]
    for address in addresses:
        payload = await given.get(fetcher, address, told=NO_SUCH_FILE)
        if payload.status == 200:
            return payload
    raise FetchError(addresses[0], f"no such file there, nor at {len(addresses) - 1} others", 404)


def readable(payload: Payload, least: int) -> list[Record]:
    """What the source reads in a payload. Raises `FetchError` where that is nothing, or less than `least`."""
    found = list(source(payload.source).parse(payload))
    for one in found:
        if isinstance(one, Reject) and one.where == "payload":
            raise FetchError(payload.url, one.reason)
    n = sum(isinstance(one, Observation | HazardReport) for one in found)
    if n < least:
        raise FetchError(payload.url, f"{n} records, expected {least} or more: the file is cut or another")
    return found


def _known(window: Window | None, found: list[Record], cadence: timedelta | None) -> Window | None:
    """What of the window the records tell of: up to the last one, where their cadence is known."""
    if window is None or cadence is None:
        return window
    times = [one.time for one in found if isinstance(one, Observation) and one.time < window.end]
    last = max(times, default=window.start - cadence)
    if last + SLACK * cadence >= window.end:
        return window
    return Window(window.start, max(window.start, last + cadence))


def _cadence(job: Job) -> timedelta | None:
    text = job.parameters.get("cadence", "")
    found = hapi.duration(text) if text else None
    if text and found is None:
        raise ConfigError("parameters.cadence", text, "an ISO 8601 duration such as PT1H")
    return found
