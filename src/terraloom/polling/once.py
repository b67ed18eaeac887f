"""One poll outside the schedule, in this process, and one that only looks and writes nothing."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime
from typing import Any

from msgspec import Struct

from terraloom.config import Settings
from terraloom.errors import TerraloomError
from terraloom.fetching import Client, StoredCredentials
from terraloom.fetching.credentials import Credential
from terraloom.ingest import sound
from terraloom.polling.poller import Poller
from terraloom.records import HazardReport, Observation, Payload, Reject, Station
from terraloom.runtime import open_runtime
from terraloom.sources import Source, SourceInfo

SHOWN = 5


class Polled(Struct, frozen=True, kw_only=True):
    """What one poll brought."""

    source: str
    payloads: int
    error: str
    seconds: float
    counts: dict[str, int]


class Seen(Struct, frozen=True, kw_only=True):
    """
    What was seen in one payload: how many records of each type (of values: of each metric), the first of
    them, and the rejects.
    """

    url: str
    kind: str
    status: int
    content_type: str
    bytes: int
    records: int
    stations: int
    types: dict[str, int]
    first: list[dict[str, Any]]
    rejected: int
    rejects: list[dict[str, str]]


class Checked(Struct, frozen=True, kw_only=True):
    """What `sources check` found out."""

    source: str
    error: str
    seconds: float
    payloads: list[Seen]

    @property
    def ok(self) -> bool:
        return not self.error and not any(seen.rejected for seen in self.payloads)


def poll_once(poller: Poller, source_id: str, now: datetime) -> Polled:
    """Fetch, archive and apply what a source has now; counted in `source_state` like any poll."""
    began = time.monotonic()
    fetched = poller.fetch(source_id)
    applied = poller.apply(fetched.payloads)
    outcome = poller.close(f"poll:{source_id}:by-hand:{now.isoformat()}", source_id, fetched, applied)
    return Polled(
        source=source_id,
        payloads=len(fetched.payloads),
        error=outcome.error,
        seconds=time.monotonic() - began,
        counts=applied.counts,
    )


async def check(source: Source, info: SourceInfo, settings: Settings) -> Checked:
    """Fetch and parse what a source has now, whatever was seen before, and keep nothing."""
    began, seen, error = time.monotonic(), [], ""
    try:
        async with open_client(info, settings) as client:
            async for payload in source.fetch(client.for_source(info)):
                seen.append(look(source, payload))  # noqa: PERF401 - what came before an error is shown
    except TerraloomError as failure:
        error = str(failure)
    return Checked(source=info.id, error=error, seconds=time.monotonic() - began, payloads=seen)


def open_client(info: SourceInfo, settings: Settings) -> Client:
    """A client that remembers nothing; the database is opened only where a credential must be found."""
    if not info.credential:
        return Client(settings.fetch)
    with open_runtime(settings) as runtime:
        found = StoredCredentials(runtime.pool).find(info.credential)
    return Client(settings.fetch, credentials=Known(found))


def look(source: Source, payload: Payload) -> Seen:
    """Parse one payload and sum up what is in it, as far as it is fit to be kept."""
    found = [sound(one, source.info) for one in source.parse(payload)]
    records = [one for one in found if isinstance(one, HazardReport | Observation)]
    rejects = [one for one in found if isinstance(one, Reject)]
    return Seen(
        url=payload.url,
        kind=payload.kind,
        status=payload.status,
        content_type=payload.content_type,
        bytes=len(payload.body),
        records=len(records),
        stations=sum(isinstance(one, Station) for one in found),
        types=dict(sorted(Counter(_type(one) for one in records).items())),
        first=[_brief(one, source.info) for one in records[:SHOWN]],
        rejected=len(rejects),
        rejects=[{"where": reject.where, "reason": reject.reason} for reject in rejects],
    )


class Known(Struct, frozen=True):
    """The one credential that a check needs."""

    credential: Credential

    def find(self, name: str) -> Credential:
        assert name == self.credential.name, "a check asks for its own source's credential"
        return self.credential


def _type(one: HazardReport | Observation) -> str:
    return one.event_type.value if isinstance(one, HazardReport) else one.metric


def _brief(one: HazardReport | Observation, info: SourceInfo) -> dict[str, Any]:
    if isinstance(one, Observation):
        return {
            "metric": one.metric,
            "station": one.station,
            "time": one.time,
            "value": one.value,
            "unit": one.unit or next(metric.unit for metric in info.metrics if metric.id == one.metric),
            "quality": one.quality.name.lower(),
        }
    return {
        "id": one.source_event_id,
        "type": one.event_type.value,
        "title": one.title,
        "onset": one.onset,
        "lon": one.lon,
        "lat": one.lat,
        "magnitude": one.magnitude,
        "severity": one.severity_level,
    }
