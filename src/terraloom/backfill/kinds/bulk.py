"""
One file, one request: an archive that is given as a whole (indicators of the World Bank, catalogues, dumps).

Parameters: ``address`` with ``{item}`` where one of ``items`` (by blanks) goes: each is a job; ``least``:
records that the source must find; for JSON also ``records`` and ``total``, paths as those of `cursor-json`:
how many there are by the service's own count. Where fewer came, the rest is on another page, or was cut off.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from terraloom.backfill import given
from terraloom.backfill.jobs import Campaign, Found, Held, Job, Kind
from terraloom.backfill.kinds.cursor import count_of, opened
from terraloom.backfill.kinds.text import readable
from terraloom.errors import FetchError
from terraloom.records import Payload
from terraloom.sources.base import Fetcher

OWN = ("address", "items", "item", "least", "records", "total")


class Bulk(Kind):
    name = "bulk"

    def plan(self, campaign: Campaign) -> Iterable[Job]:
        given.only(campaign.parameters, OWN, needed=("address",))
        return [given.job_of(one, one.parameters["address"]) for one in given.items(campaign)]

    async def run(self, job: Job, fetcher: Fetcher) -> AsyncIterator[Found]:
        address = given.filled(job.parameters["address"], None, job.parameters.get("item", ""))
        payload = await given.get(fetcher, address)
        if "total" in job.parameters:
            _check_total(payload, job)
        readable(payload, given.whole(job.parameters, "least", 1))
        yield payload
        yield Held(window=None)


def _check_total(payload: Payload, job: Job) -> None:
    document, found = opened(payload, job.parameters.get("records", ""))
    total = count_of(document, job.parameters["total"])
    if total is None or len(found) < total:
        raise FetchError(payload.url, f"{len(found)} records came, the service says {total}")
