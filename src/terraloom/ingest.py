"""
From archived payloads to the record: parse, decide, write; one transaction for each call.

Everything written here follows from the payloads and the order in which they were applied
(`payloads.applied_seq`), so that `rebuild` can do it again and get the same rows.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
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
from terraloom.hazards.decide import Decider
from terraloom.hazards.outcome import COUNTS, Provenance
from terraloom.hazards.population import Population
from terraloom.hazards.prefetch import prefetch
from terraloom.hazards.rules import Rules
from terraloom.observations import store as observations
from terraloom.observations.checks import measured
from terraloom.observations.retracting import withdrawals
from terraloom.observations.store import Arrival, Written
from terraloom.records import CALENDAR_BEGINS, HazardReport, Observation, Payload, Record, Reject, Station
from terraloom.sources import SourceInfo, lines, operator, registry
from terraloom.sources.operator import Association, Retraction

Word = Association | Retraction
"""What an operator may say."""

CHANNEL = "terraloom_outbox"
OBSERVED = "terraloom_observed"  # a source has measured something: a hint for pages that are open
MEASURED = ("observed", "revised", "withdrawn", "flagged")

INGESTS = Table(
    "ingests",
    {"payload_id": bulk.UUID, "records": bulk.INTEGER, "rejected": bulk.INTEGER}
    | dict.fromkeys((*COUNTS, *MEASURED), bulk.INTEGER),
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
    observed: int = 0
    revised: int = 0
    withdrawn: int = 0
    flagged: int = 0


class Timings(Struct):
    """Seconds spent in each stage of one call."""

    parse: float = 0.0
    decide: float = 0.0
    commit: float = 0.0


class Parsed(Struct, frozen=True):
    """A payload and what its source read in it."""

    payload: Payload
    info: SourceInfo
    reports: list[HazardReport] = []
    associations: list[Association] = []
    observations: list[Observation] = []
    stations: list[Station] = []
    retractions: list[Retraction] = []
    rejects: list[Reject] = []

    @property
    def records(self) -> int:
        """How many there were, whether they could be read or not; what stations say of themselves is none."""
        said = len(self.reports) + len(self.associations) + len(self.observations) + len(self.retractions)
        return said + len(self.rejects)

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """The first and the last time that its records are of, as far as a calendar has them."""
        times = [report.onset for report in self.reports if report.onset > CALENDAR_BEGINS]
        times += [one.time for one in self.observations]
        return (min(times), max(times)) if times else None


def parse(payload: Payload) -> Parsed:
    """Read every record of a payload. Pure. Raises `ConfigError` where no such source is registered."""
    info, said = _read(payload)
    parsed = Parsed(payload, info)
    into: dict[type[Any], list[Any]] = {
        HazardReport: parsed.reports,
        Association: parsed.associations,
        Observation: parsed.observations,
        Station: parsed.stations,
        Retraction: parsed.retractions,
        Reject: parsed.rejects,
    }
    for one in said:
        found = sound(one, info)
        into[type(found)].append(found)
    for report in parsed.reports:
        _ = report.fragment_hash  # kept from now on: worked out here, where no other writer waits for it
    return parsed


def _read(payload: Payload) -> tuple[SourceInfo, Iterator[Record | Word]]:
    if payload.source == operator.OPERATOR:
        return operator.INFO, operator.read(payload)
    source = registry().get(payload.source)
    if source is None:
        raise ConfigError("source", payload.source, "a registered source")
    return source.info, source.parse(payload)


def sound(one: Record | Word, info: SourceInfo) -> Record | Word:
    """The record if it is fit to be kept, else the `Reject` that says why."""
    if isinstance(one, HazardReport):
        return checked(one)
    found = measured(one, info) if isinstance(one, Observation | Station) else one
    return told(found) if isinstance(found, Reject) else found


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
        licences = {one.payload.source: one.info.licence for one in parsed}
        manifest.keep(connection, archive, payloads, licences=licences)
        return apply(connection, parsed, rules, population=population, timings=timings, archive=archive)


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
    archive: Archive | None = None,
) -> list[IngestResult]:
    """
    Decide and write parsed payloads, within the caller's transaction.

    `number` gives each its place in the serial order; a rebuild, which follows that order, does not.
    `archive` is needed where values come in for a span that is cold, or are retracted.
    """
    timings = timings or Timings()
    with _without_collector():
        return _apply(connection, parsed, rules, population, timings, number=number, archive=archive)


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
    archive: Archive | None,
) -> list[IngestResult]:
    begun = perf_counter()
    numbers = _numbers(connection, parsed, waiting=number)
    fresh = list({one.payload.id: one for one in parsed if one.payload.id in numbers}.values())
    written = {one.payload.id: _measure(connection, one, numbers[one.payload.id], archive) for one in fresh}
    timings.commit += perf_counter() - begun
    begun = perf_counter()
    store.lock(connection)
    reports = [report for one in fresh for report in one.reports]
    said = [association for one in fresh for association in one.associations]
    memory = prefetch(connection, rules, reports, said, lines())
    decision_seq, outbox_seq, applied_seq = store.next_numbers(connection)
    decider = Decider(memory, next_seq=decision_seq, next_change=outbox_seq)
    results: dict[UUID, IngestResult] = {}
    for n, one in enumerate(fresh):
        measured = written[one.payload.id]
        results[one.payload.id] = _decide(decider, one, measured, applied_seq + n if number else None)
    timings.decide += perf_counter() - begun
    begun = perf_counter()
    _write(connection, decider, fresh, results, population)
    if number:
        _number(connection, fresh, results)
    timings.commit += perf_counter() - begun
    missing = (IngestResult(payload_id=one.payload.id, source=one.payload.source) for one in parsed)
    return [results.get(blank.payload_id, blank) for blank in missing]


def _measure(connection: Connection[Any], one: Parsed, number: int, archive: Archive | None) -> Written:
    """Write what a payload measured: before the lock, since only reports are decided one batch at a time."""
    found = one.observations
    for retraction in one.retractions:
        assert archive is not None, "retractions reach into cold files"
        found = [*found, *withdrawals(connection, archive.store, retraction)]
    arrival = Arrival(
        payload=number,
        fetched_at=one.payload.fetched_at,
        source=one.info,
        observations=found,
        stations=one.stations,
    )
    return observations.write(connection, arrival, archive.store if archive else None)


def _decide(decider: Decider, one: Parsed, written: Written, applied_seq: int | None) -> IngestResult:
    before = dict(decider.out.counts)
    came = Provenance(one.payload.id, one.payload.fetched_at, one.info.priority)
    for association in one.associations:
        decider.association(association, came)
    for report in one.reports:
        decider.report(report, came)
    counts = {name: decider.out.counts[name] - before[name] for name in COUNTS}
    counts["duplicate"] += written.duplicate
    counts |= {name: getattr(written, name) for name in MEASURED}
    return IngestResult(
        payload_id=one.payload.id,
        source=one.payload.source,
        applied_seq=applied_seq,
        records=one.records,
        rejected=len(one.rejects),
        **counts,
    )


def _numbers(connection: Connection[Any], parsed: Sequence[Parsed], *, waiting: bool) -> dict[UUID, int]:
    """
    Payloads by their number in the manifest; with `waiting`, those not applied yet, locked until the
    transaction ends, so that none is applied twice.
    """
    ids = [one.payload.id for one in parsed]
    query = "SELECT id, seq FROM payloads WHERE id = ANY(%s)"
    if waiting:
        query += " AND applied_seq IS NULL ORDER BY seq FOR UPDATE"
    return dict(connection.execute(query, [ids]).fetchall())


def _write(
    connection: Connection[Any],
    decider: Decider,
    fresh: Sequence[Parsed],
    results: dict[UUID, IngestResult],
    population: Population | None,
) -> None:
    store.write(connection, decider.out, decider.memory, population=population)
    ingests = [
        (r.payload_id.bytes, r.records, r.rejected, *(getattr(r, name) for name in (*COUNTS, *MEASURED)))
        for r in results.values()
    ]
    bulk.insert(connection, INGESTS, bulk.columns_of(INGESTS.columns, ingests))
    quarantined = [
        (one.payload.id.bytes, n, one.payload.source, reject.where, reject.reason, reject.fragment)
        for one in fresh
        for n, reject in enumerate(one.rejects)
    ]
    bulk.insert(connection, QUARANTINE, bulk.columns_of(QUARANTINE.columns, quarantined))
    _count_days(connection, list(results))
    for r in results.values():
        if r.observed or r.revised or r.withdrawn:
            connection.execute("SELECT pg_notify(%s, %s)", [OBSERVED, r.source])
    if decider.out.changes:
        connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(decider.out.next_change - 1)])


DAYS = """
INSERT INTO source_days AS d (source, day, payloads, bytes, records, rejected, created, observed, revised)
SELECT p.source, (p.fetched_at AT TIME ZONE 'UTC')::date, count(*), sum(p.bytes), sum(i.records),
       sum(i.rejected), sum(i.created), sum(i.observed), sum(i.revised)
FROM ingests i JOIN payloads p ON p.id = i.payload_id WHERE i.payload_id = ANY(%s) GROUP BY 1, 2
ON CONFLICT (source, day) DO UPDATE SET payloads = d.payloads + excluded.payloads,
    bytes = d.bytes + excluded.bytes, records = d.records + excluded.records,
    rejected = d.rejected + excluded.rejected, created = d.created + excluded.created,
    observed = d.observed + excluded.observed, revised = d.revised + excluded.revised
"""


def _count_days(connection: Connection[Any], payload_ids: Sequence[UUID]) -> None:
    """Add what payloads brought to the days of their sources. Under the lock, so in one order."""
    connection.execute(DAYS, [payload_ids])


def _number(
    connection: Connection[Any], fresh: Sequence[Parsed], results: Mapping[UUID, IngestResult]
) -> None:
    """Note that payloads are applied, in which order, and of what time their records are."""
    spans = [one.span for one in fresh]
    connection.execute(
        "UPDATE payloads p SET applied_seq = n.seq, first_at = n.first_at, last_at = n.last_at "
        "FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[], %s::timestamptz[]) "
        "AS n (id, seq, first_at, last_at) WHERE p.id = n.id",
        [
            [one.payload.id for one in fresh],
            [results[one.payload.id].applied_seq for one in fresh],
            [span and span[0] for span in spans],
            [span and span[1] for span in spans],
        ],
    )
