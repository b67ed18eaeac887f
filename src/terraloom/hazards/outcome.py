"""What a batch of reports changes: values that the decider collects and `store.write` writes down."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from uuid import UUID

from msgspec import Struct

from terraloom.hazards.matching import Pair
from terraloom.hazards.nodes import Key, Node
from terraloom.records import EventType, HazardReport
from terraloom.sources.operator import Association

COUNTS = ("duplicate", "stale", "created", "updated", "correlated", "merged", "split", "retracted")


class Provenance(Struct, frozen=True, dict=True):
    """Where a report (or an operator's word) came from."""

    payload_id: UUID
    fetched_at: datetime
    priority: int  # of its feed: whose fields an event shows; lower wins

    @cached_property
    def payload_bytes(self) -> bytes:
        return self.payload_id.bytes


NOWHERE = Provenance(UUID(int=0), datetime.min, 0)


class Decision(Struct, frozen=True, kw_only=True):
    """Where a report went and why. `action`: create, correlate, update, retract, merge, split, operator."""

    seq: int
    payload_id: UUID
    agency: str
    canonical_id: str
    event_id: UUID
    action: str
    record_id: UUID | None = None
    rule: str = ""
    candidate: str = ""
    distance_km: float | None = None
    dt_s: float | None = None
    dmag: float | None = None
    score: float | None = None
    reason: str = ""


class Change(Struct, frozen=True):
    """One row of the outbox: `change` is created, updated, merged, split or retracted."""

    seq: int
    event_id: UUID
    change: str
    record_id: UUID | None
    at: datetime  # when the payload was received


class Accepted(Struct, frozen=True):
    """A report that entered the record."""

    record_id: UUID
    seq: int
    node: Node
    report: HazardReport
    came: Provenance


class Stranger(Struct, frozen=True):
    """A report that is new and has nobody near: it founds an event of its own, and all its rows follow."""

    seq: int
    changed_seq: int  # of its outbox row
    report: HazardReport
    came: Provenance


class Outcome(Struct):
    """Everything that a batch changes, for `store.write`. Counters are those of table `ingests`."""

    next_seq: int  # of the next decision, record or new node
    next_change: int  # of the next outbox row
    first_seq: int  # nodes from here on are new
    came: Provenance = NOWHERE  # of what is being decided
    accepted: list[Accepted] = []
    strangers: list[Stranger] = []
    decisions: list[Decision] = []
    changes: list[Change] = []
    superseded: list[UUID] = []
    dirty: dict[Key, Node] = {}  # nodes to write
    regrouped: set[Key] = set()  # nodes whose doubtful pairs were made anew
    aliases: dict[Key, tuple[str, bool]] = {}
    fresh_aliases: set[Key] = set()  # those among them that were not known before
    absorbed: dict[Key, str] = {}  # nodes that turned out to be another one -> its canonical id
    merged: dict[UUID, tuple[UUID, EventType]] = {}  # event -> the event that took it over
    associations: list[tuple[Key, Key, Association, Provenance]] = []
    counts: dict[str, int] = {}

    @classmethod
    def empty(cls, next_seq: int, next_change: int) -> Outcome:
        return cls(next_seq, next_change, next_seq, counts=dict.fromkeys(COUNTS, 0))

    def number(self) -> int:
        """The next number in the order of decisions."""
        self.next_seq += 1
        return self.next_seq - 1

    def decide(
        self,
        node: Node,
        action: str,
        *,
        seq: int | None = None,
        record_id: UUID | None = None,
        rule: str = "",
        candidate: str = "",
        reason: str = "",
        pair: tuple[Key, Pair] | None = None,
    ) -> None:
        """Write down a decision on `node`; a `pair` says what it was matched with, and how."""
        assert node.event_id is not None
        values: dict[str, object] = {"rule": rule, "candidate": candidate, "reason": reason}
        if pair is not None:
            key, how = pair
            values = {
                "rule": how.rule,
                "candidate": "/".join(key),
                "distance_km": how.distance_km,
                "dt_s": how.dt_s,
                "dmag": how.dmag,
                "score": how.score,
                "reason": f"same as {'/'.join(key)}: {apart(how)}",
            }
        self.decisions.append(
            Decision(
                seq=self.number() if seq is None else seq,
                payload_id=self.came.payload_id,
                agency=node.agency,
                canonical_id=node.canonical_id,
                event_id=node.event_id,
                action=action,
                record_id=record_id,
                **values,  # type: ignore[arg-type]  # exactly the optional fields above
            )
        )

    def found(self, report: HazardReport) -> None:
        """Write down a stranger."""
        self.strangers.append(Stranger(self.next_seq, self.next_change, report, self.came))
        self.next_seq += 1
        self.next_change += 1
        self.counts["created"] += 1

    def change(self, event_id: UUID, change: str, record_id: UUID | None) -> None:
        """Write down what is to be announced of an event."""
        self.changes.append(Change(self.next_change, event_id, change, record_id, self.came.fetched_at))
        self.next_change += 1


def apart(pair: Pair) -> str:
    """How far apart two reports are, in words."""
    parts = [] if pair.distance_km is None else [f"{pair.distance_km:.0f} km"]
    parts.append(f"{pair.dt_s:.1f} s" if pair.dt_s < 600 else f"{pair.dt_s / 3600:.1f} h")
    if pair.dmag is not None:
        parts.append(f"{pair.dmag:.1f} magnitudes")
    return ", ".join(parts) + f" apart ({pair.rule})"


def record_name(report: HazardReport) -> tuple[str, ...]:
    """What the id of a record is derived from."""
    updated_at = str(report.updated_at.timestamp())
    return "record", report.source, report.agency, report.source_event_id, updated_at, report.fragment_hash
