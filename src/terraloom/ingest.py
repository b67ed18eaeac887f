"""
From archived payloads to the record: parse, decide, write; one transaction for each call.

Everything written here follows from the payloads and the order in which they were applied
(`payloads.applied_seq`), so that `rebuild` can do it again and get the same rows.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg import Connection

from terraloom import archive as manifest
from terraloom.archive import Archive
from terraloom.db import bulk
from terraloom.db.bulk import Table
from terraloom.errors import ConfigError
from terraloom.hazards import store
from terraloom.hazards.checks import checked, told
from terraloom.hazards.decide import COUNTS, Decider, Provenance
from terraloom.hazards.population import Population
from terraloom.hazards.prefetch import prefetch
from terraloom.hazards.rules import Rules
from terraloom.observations.checks import measured
from terraloom.records import HazardReport, Observation, Payload, Record, Reject, Station
from terraloom.sources import SourceInfo, lines, operator, registry
from terraloom.sources.operator import Association

CHANNEL = "terraloom_outbox"

INGESTS = Table(
    "ingests",
    {"payload_id": bulk.UUID, "records": bulk.INTEGER, "rejected": bulk.INTEGER}
    | dict.fromkeys(COUNTS, bulk.INTEGER),
)
QUARANTINE = Table(
    "quarantine",
    {
        "payload_id": bulk.UUID,
        "n": bulk.INTEGER,
        "source": bulk.TEXT,
        "place": bulk.TEXT,
        "reason": bulk.TEXT,
        "fragment": bulk.BYTEA,
    },
)


class IngestResult(Struct, frozen=True, kw_only=True):
    """What became of one payload. `applied_seq` is None where it had been applied before."""

    payload_id: UUID
    source: str
    applied_seq: int | None = None
    records: int = 0
    rejected: int = 0
    duplicate: int = 0
    stale: int = 0
    created: int = 0
    updated: int = 0
    correlated: int = 0
    merged: int = 0
    split: int = 0
    retracted: int = 0


class Timings(Struct):
    """Seconds spent in each stage of one call."""

    parse: float = 0.0
    decide: float = 0.0
    commit: float = 0.0


class Parsed(Struct, frozen=True):
    """A payload and what its source read in it."""

    payload: Payload
    priority: int
    licence: str
    reports: list[HazardReport]
    associations: list[Association]
    rejects: list[Reject]
    observations: list[Observation] = []
    stations: list[Station] = []


def parse(payload: Payload) -> Parsed:
    """Read every record of a payload. Pure. Raises `ConfigError` where no such source is registered."""
    if payload.source == operator.OPERATOR:
        said = list(operator.read(payload))
        return Parsed(
            payload,
            0,
            operator.LICENCE,
            [],
            [one for one in said if isinstance(one, Association)],
            [told(one) for one in said if isinstance(one, Reject)],
        )
    source = registry().get(payload.source)
    if source is None:
        raise ConfigError("source", payload.source, "a registered source")
    parsed = Parsed(payload, source.info.priority, source.info.licence, [], [], [])
    into: dict[type[Any], list[Any]] = {
        HazardReport: parsed.reports,
        Observation: parsed.observations,
        Station: parsed.stations,
        Reject: parsed.rejects,
    }
    for one in source.parse(payload):
        found = _sound(one, source.info)
        into[type(found)].append(found)
    return parsed


def _sound(one: Record, info: SourceInfo) -> Record:
    """The record if it is fit to be kept, else the `Reject` that says why."""
    if isinstance(one, HazardReport):
        return checked(one)
    return told(one) if isinstance(one, Reject) else measured(one, info)


def ingest(
    connection: Connection[Any],
    archive: Archive,
    payloads: Sequence[Payload],
    rules: Rules,
    *,
    population: Population | None = None,
    timings: Timings | None = None,
) -> list[IngestResult]:
    """
    Archive payloads that are not archived yet, and apply those that were not applied: all or nothing.

    The result of several payloads in one call is that of one call for each, in their order. Commits; on any
    error everything is rolled back and the payloads stay pending.
    """
    timings = timings or Timings()
    begun = perf_counter()
    with _without_collector():
        parsed = [parse(payload) for payload in payloads]
    timings.parse += perf_counter() - begun
    with connection.transaction():
        licences = {one.payload.source: one.licence for one in parsed}
        manifest.keep(connection, archive, payloads, licences=licences)
        return apply(connection, parsed, rules, population=population, timings=timings)


def ingest_archived(
    connection: Connection[Any],
    archive: Archive,
    payload_ids: Sequence[UUID],
    rules: Rules,
    *,
    population: Population | None = None,
    timings: Timings | None = None,
) -> list[IngestResult]:
    """The same for payloads that are archived already, by id. Raises `ArchiveError` where one is not."""
    payloads = [manifest.load_payload(connection, archive, payload_id) for payload_id in payload_ids]
    connection.commit()
    return ingest(connection, archive, payloads, rules, population=population, timings=timings)


def apply(
    connection: Connection[Any],
    parsed: Sequence[Parsed],
    rules: Rules,
    *,
    population: Population | None = None,
    timings: Timings | None = None,
    number: bool = True,
) -> list[IngestResult]:
    """
    Decide and write parsed payloads, within the caller's transaction.

    `number` gives each its place in the serial order; a rebuild, which follows that order, does not.
    """
    timings = timings or Timings()
    with _without_collector():
        return _apply(connection, parsed, rules, population, timings, number=number)


@contextmanager
def _without_collector() -> Iterator[None]:
    """
    Pause Python's cycle collector: a batch makes many objects and hardly a cycle, and looking through them
    again and again took a fifth of the time. Reference counting goes on.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _apply(
    connection: Connection[Any],
    parsed: Sequence[Parsed],
    rules: Rules,
    population: Population | None,
    timings: Timings,
    *,
    number: bool,
) -> list[IngestResult]:
    begun = perf_counter()
    store.lock(connection)
    fresh = _unapplied(connection, parsed) if number else list(parsed)
    reports = [report for one in fresh for report in one.reports]
    said = [association for one in fresh for association in one.associations]
    memory = prefetch(connection, rules, reports, said, lines())
    decision_seq, outbox_seq, applied_seq = store.next_numbers(connection)
    decider = Decider(memory, next_seq=decision_seq)
    results: dict[UUID, IngestResult] = {}
    for n, one in enumerate(fresh):
        results[one.payload.id] = _decide(decider, one, applied_seq + n if number else None)
    timings.decide += perf_counter() - begun
    begun = perf_counter()
    _write(connection, decider, fresh, results, outbox_seq, population)
    if number:
        _number(connection, [r for r in results.values() if r.applied_seq is not None])
    timings.commit += perf_counter() - begun
    missing = (IngestResult(payload_id=one.payload.id, source=one.payload.source) for one in parsed)
    return [results.get(blank.payload_id, blank) for blank in missing]


def _decide(decider: Decider, one: Parsed, applied_seq: int | None) -> IngestResult:
    before = dict(decider.out.counts)
    came = Provenance(one.payload.id, one.payload.fetched_at, one.priority)
    for association in one.associations:
        decider.association(association, came)
    for report in one.reports:
        decider.report(report, came)
    counts = {name: decider.out.counts[name] - before[name] for name in COUNTS}
    return IngestResult(
        payload_id=one.payload.id,
        source=one.payload.source,
        applied_seq=applied_seq,
        records=len(one.reports) + len(one.associations) + len(one.rejects),
        rejected=len(one.rejects),
        **counts,
    )


def _unapplied(connection: Connection[Any], parsed: Sequence[Parsed]) -> list[Parsed]:
    """Those not applied yet, each once."""
    ids = [one.payload.id for one in parsed]
    rows = connection.execute(
        "SELECT id FROM payloads WHERE id = ANY(%s) AND applied_seq IS NULL", [ids]
    ).fetchall()
    waiting = {row[0] for row in rows}
    return list({one.payload.id: one for one in parsed if one.payload.id in waiting}.values())


def _write(
    connection: Connection[Any],
    decider: Decider,
    fresh: Sequence[Parsed],
    results: dict[UUID, IngestResult],
    outbox_seq: int,
    population: Population | None,
) -> None:
    changes = store.write(
        connection, decider.out, decider.memory, outbox_seq=outbox_seq, population=population
    )
    ingests = [
        (r.payload_id.bytes, r.records, r.rejected, *(getattr(r, name) for name in COUNTS))
        for r in results.values()
    ]
    bulk.insert(connection, INGESTS, bulk.columns_of(INGESTS.columns, ingests))
    quarantined = [
        (one.payload.id.bytes, n, one.payload.source, reject.where, reject.reason, reject.fragment)
        for one in fresh
        for n, reject in enumerate(one.rejects)
    ]
    bulk.insert(connection, QUARANTINE, bulk.columns_of(QUARANTINE.columns, quarantined))
    if changes:
        connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(outbox_seq + changes - 1)])


def _number(connection: Connection[Any], results: Iterable[IngestResult]) -> None:
    rows = [(r.payload_id, r.applied_seq) for r in results]
    connection.execute(
        "UPDATE payloads p SET applied_seq = n.seq FROM unnest(%s::uuid[], %s::bigint[]) AS n (id, seq) "
        "WHERE p.id = n.id",
        [[row[0] for row in rows], [row[1] for row in rows]],
    )
