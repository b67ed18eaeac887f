"""
What becomes of each report: the pure heart of the hazards pipeline.

For each report, in order: identity (whose event is it), duplicate, stale, then correlation of the component
that it belongs to, and the events that follow from the groups. Nothing here reads a clock, a database or a
random number: the same reports on the same memory give the same outcome, however they are batched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from terraloom.hazards.grouping import Grouping, group
from terraloom.hazards.matching import Pair, Tier
from terraloom.hazards.memory import Memory
from terraloom.hazards.nodes import Head, Key, Node
from terraloom.hazards.tracks import Track
from terraloom.records import EventType, HazardReport, ReportStatus, derived_id
from terraloom.sources.operator import Association


class Provenance(Struct, frozen=True):
    """Where a report (or an operator's word) came from."""

    payload_id: UUID
    fetched_at: datetime
    priority: int  # of its feed: whose fields an event shows; lower wins


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


class Outcome(Struct):
    """Everything that a batch changes, for `store.write`. Counters are those of table `ingests`."""

    accepted: list[Accepted]
    decisions: list[Decision]
    changes: list[Change]
    superseded: list[UUID]
    dirty: dict[Key, Node]  # nodes to write
    moved: dict[Key, Node]  # nodes whose event changed
    regrouped: set[Key]  # nodes whose doubtful pairs were made anew
    aliases: dict[Key, tuple[str, bool]]
    fresh_aliases: set[Key]  # those among them that were not known before
    first_seq: int  # nodes from here on are new
    absorbed: dict[Key, str]  # nodes that turned out to be another one -> its canonical id
    merged: dict[UUID, tuple[UUID, EventType]]  # event -> the event that took it over
    associations: list[tuple[Key, Key, Association, Provenance]]
    counts: dict[str, int]

    @classmethod
    def empty(cls, first_seq: int) -> Outcome:
        return cls([], [], [], [], {}, {}, set(), {}, set(), first_seq, {}, {}, [], dict.fromkeys(COUNTS, 0))


ALONE = "no other agency's report is near"
COUNTS = ("duplicate", "stale", "created", "updated", "correlated", "merged", "split", "retracted")


class Decider:
    """Applies reports to a memory, one after the other, and collects what that changes."""

    def __init__(self, memory: Memory, *, next_seq: int) -> None:
        self.memory, self.next_seq = memory, next_seq
        self.out = Outcome.empty(next_seq)
        self.came = Provenance(UUID(int=0), datetime.min, 0)  # of what is being decided

    def report(self, report: HazardReport, came: Provenance) -> None:
        """Decide one report."""
        self.came = came
        if id(report) in self.memory.unchanged:
            self.out.counts["duplicate"] += 1
            return
        node = self._identify(report)
        heads = node.heads if node else {}
        head = heads.get(self.memory.line(report.source))
        updated_at = report.updated_at.timestamp()
        if any(said.fragment_hash == report.fragment_hash for said in heads.values()):
            self.out.counts["duplicate"] += 1  # by this feed or another of the same agency
        elif head is not None and updated_at <= head.updated_at:
            self.out.counts["stale"] += 1
        else:
            self._accept(node, report, updated_at, head)

    def association(self, said: Association, came: Provenance) -> None:
        """Apply an operator's word: regroup what it touches."""
        self.came = came
        memory = self.memory
        a, b = ((r.agency, memory.canonical(r.agency, r.id)) for r in (said.a, said.b))
        known = [
            memory.nodes[key] for key in (a, b) if key in memory.nodes and not memory.nodes[key].retracted
        ]
        touched = self._components(known)
        memory.set_operator(a, b, said.same)
        self.out.associations.append((min(a, b), max(a, b), said, came))
        touched = self._components([*touched, *known])
        before = {node.key: node.event_id for node in touched}
        self._regroup(touched)
        for node in known[:1]:
            assert node.event_id is not None
            word = "the same as" if said.same else "not"
            reason = f"{said.operator}: {'/'.join(a)} is {word} {'/'.join(b)}. {said.reason}".strip()
            self._decide(node, "operator", reason=reason, rule="operator")
        self._announce(touched, before, None)

    def _accept(self, node: Node | None, report: HazardReport, updated_at: float, head: Head | None) -> None:
        record_id = derived_id(
            "record",
            report.source,
            report.agency,
            report.source_event_id,
            str(updated_at),
            report.fragment_hash,
        )
        seq = self._seq()
        if head is not None:
            self.out.superseded.append(head.record_id)
        is_new = node is None
        if node is None:
            node = _new_node(report, seq, updated_at)
            affected: list[Node] = []
        else:
            affected = self._components([node]) if not node.retracted else []
            self.memory.take_out(node)
            _update(node, report, updated_at)
        node.heads[self.memory.line(report.source)] = Head(updated_at, report.fragment_hash, record_id)
        self.out.accepted.append(Accepted(record_id, seq, node, report, self.came))
        self.memory.add(node)
        if is_new and not node.retracted and not self.memory.pairs(node):
            self._found(node, record_id, seq)
            return
        before = {n.key: n.event_id for n in affected}
        touched = self._components([node, *affected])
        before |= {n.key: n.event_id for n in touched}
        if node.retracted:
            self._place_retracted(node)
        self._regroup(touched)
        self._record(node, record_id, seq, is_new, before.get(node.key))
        self._announce(touched, before, record_id, node)

    def _found(self, node: Node, record_id: UUID, seq: int) -> None:
        """A new hazard that nobody else is near, most of what comes in: the long way, cut short."""
        event_id = self._event_of([node], set())
        self.memory.assign(node, event_id)
        self.out.moved[node.key] = node
        self.out.regrouped.add(node.key)
        self._dirty(node)
        self._decide(node, "create", seq=seq, record_id=record_id, rule="new", reason=ALONE)
        self.out.counts["created"] += 1
        self._change(event_id, "created", record_id)

    # ---------------------------------------------------------------- identity

    def _identify(self, report: HazardReport) -> Node | None:
        """
        The agency's event that this report speaks of, registering every id it lists; None when it is new.

        A list joins two known events only by naming the *main* id of the other (the id under which the agency
        itself reported it): two different events may share a secondary id, as USGS lists have shown.
        """
        memory, agency = self.memory, report.agency
        found: list[Node] = []
        for n, identifier in enumerate((report.source_event_id, *report.also_ids)):
            alias = memory.aliases.get((agency, identifier))
            if alias is None or (n > 0 and not alias[1]):
                continue
            node = memory.nodes[agency, alias[0]]
            if node not in found:
                found.append(node)
        found.sort(key=lambda node: node.seq)
        for younger in found[1:]:
            self._absorb(found[0], younger)
        canonical = found[0].canonical_id if found else report.source_event_id
        self._register(agency, report, canonical)
        return found[0] if found else None

    def _register(self, agency: str, report: HazardReport, canonical: str) -> None:
        for n, identifier in enumerate((report.source_event_id, *report.also_ids)):
            known = self.memory.aliases.get((agency, identifier))
            main = n == 0 or (known is not None and known[1])
            owner = known[0] if known else canonical
            if known != (owner, main):
                self.memory.aliases[agency, identifier] = self.out.aliases[agency, identifier] = (owner, main)
                if known is None:
                    self.out.fresh_aliases.add((agency, identifier))

    def _absorb(self, older: Node, younger: Node) -> None:
        """Two known events of one agency are one: the younger becomes part of the older."""
        memory = self.memory
        touched = self._components([n for n in (older, younger) if not n.retracted])
        for node in (older, younger):
            memory.take_out(node)
        assert younger.event_id is not None
        memory.members[younger.event_id].pop(younger.key, None)
        memory.nodes.pop(younger.key)
        self.out.dirty.pop(younger.key, None)
        self.out.moved.pop(younger.key, None)
        self.out.absorbed[younger.key] = older.canonical_id
        self._hand_over_words(older, younger)
        for key, (owner, main) in memory.aliases.items():
            if key[0] == younger.agency and owner == younger.canonical_id:
                memory.aliases[key] = self.out.aliases[key] = (older.canonical_id, main)
        _take_over(older, younger, self.out)
        memory.add(older)
        self._dirty(older)
        touched = self._components([older, *(n for n in touched if n is not younger)])
        before = {n.key: n.event_id for n in touched}
        self._regroup(touched)
        assert older.event_id is not None
        reason = f"{older.agency} lists {younger.canonical_id} and {older.canonical_id} as one event"
        self._decide(older, "merge", rule="alias", candidate="/".join(younger.key), reason=reason)
        self._change(older.event_id, "updated", None)
        if younger.event_id != older.event_id:
            if memory.members.get(younger.event_id):
                self._change(younger.event_id, "split", None)  # it goes on without its agency's report
            else:
                self._merge_events(younger.event_id, older, None)
        self._announce(touched, before, None)

    def _hand_over_words(self, older: Node, younger: Node) -> None:
        """What operators said of the younger holds for the older, also what they said in this batch."""
        moved = self.memory.hand_over_words(younger.key, older.key)
        said, self.out.associations = self.out.associations, []
        for a, b, word, came in said:
            if younger.key in (a, b):
                other = b if a == younger.key else a
                if other in moved:
                    pair = sorted((older.key, other))
                    self.out.associations.append((pair[0], pair[1], word, came))
            else:
                self.out.associations.append((a, b, word, came))

    # ------------------------------------------------------------- correlation

    def _components(self, nodes: Iterable[Node]) -> list[Node]:
        """The live nodes connected with any of `nodes`, once each."""
        found: dict[Key, Node] = {}
        for node in nodes:
            if node.key not in found and not node.retracted and self.memory.nodes.get(node.key) is node:
                found |= {n.key: n for n in self.memory.component(node)}
        return list(found.values())

    def _regroup(self, nodes: Sequence[Node]) -> None:
        """Group each component of `nodes` and give the groups their events, the oldest first."""
        done: set[Key] = set()
        claimed: set[UUID] = set()  # also across components: what parted here must not keep one event
        for node in sorted(nodes, key=lambda n: n.seq):
            if node.key in done:
                continue
            component = self.memory.component(node)
            done |= {n.key for n in component}
            if len(component) == 1:
                self._settle(Grouping([component], []), component, claimed)
                continue
            edges = self.memory.edges(component)
            apart = self.memory.held_apart(component)
            limit = self.memory.rules.identity.far_runner_up
            self._settle(group(component, edges, apart, runner_up=limit), component, claimed)

    def _settle(self, grouping: Grouping, component: Sequence[Node], claimed: set[UUID]) -> None:
        keys = {node.key for node in component}
        doubtful = self.memory.doubtful
        if doubtful:
            for pair in [p for p in doubtful if p[0] in keys or p[1] in keys]:
                del doubtful[pair]
        for a, b, how, why in grouping.doubtful:
            self.memory.doubt(a, b, how, why)
        self.out.regrouped |= keys
        for nodes in grouping.groups:
            event_id = self._event_of(nodes, claimed)
            claimed.add(event_id)
            for node in nodes:
                if node.event_id != event_id:
                    self.memory.assign(node, event_id)
                    self.out.moved[node.key] = node
                    self._dirty(node)

    def _event_of(self, nodes: Sequence[Node], claimed: set[UUID]) -> UUID:
        """
        The event that a group carries on: the oldest of those that its members founded, or whose founder is
        no longer there to claim it; else one founded by the group's first member.
        """
        for node in nodes:  # in order of first acceptance, so the oldest founder comes first
            own = node.own_event_id
            if own not in claimed and any(other.event_id == own for other in nodes):
                return own
        for node in nodes:
            held = node.event_id
            if held is not None and held not in claimed and not self._founder_is_live(held):
                return held
        own = nodes[0].own_event_id
        if own in claimed or self.memory.members.get(own):  # its founder left it, and it goes on without
            return derived_id("event", *nodes[0].key, str(self.next_seq))
        return own

    def _founder_is_live(self, event_id: UUID) -> bool:
        members = self.memory.members.get(event_id, {}).values()
        return any(node.own_event_id == event_id and not node.retracted for node in members)

    def _place_retracted(self, node: Node) -> None:
        if (
            node.event_id is None
        ):  # a deletion of something never seen: kept, so that it cannot come back stale
            self.memory.assign(node, node.own_event_id)
            self.out.moved[node.key] = node

    # ---------------------------------------------------------------- outcomes

    def _record(self, node: Node, record_id: UUID, seq: int, is_new: bool, before: UUID | None) -> None:
        """Write down the decision on one report."""
        self._dirty(node)
        company = self._best_pair(node)
        if node.retracted:
            self._decide(node, "retract", seq=seq, record_id=record_id, rule="deleted by its source")
            self.out.counts["retracted"] += 1
        elif is_new and company:
            self._decide(node, "correlate", seq=seq, record_id=record_id, pair=company)
            self.out.counts["correlated"] += 1
        elif is_new:
            self._decide(node, "create", seq=seq, record_id=record_id, rule="new", reason=self._why_new(node))
            self.out.counts["created"] += 1
        else:
            how = company if before != node.event_id else None
            self._decide(node, "update", seq=seq, record_id=record_id, rule="identity", pair=how)
            self.out.counts["updated"] += 1

    def _best_pair(self, node: Node) -> tuple[Key, Pair] | None:
        """The pair that holds a node in its event; None when it is alone there."""
        if node.retracted or node.event_id is None:
            return None
        mates = self.memory.members[node.event_id]
        held = [(k, p) for k, p in self.memory.pairs(node).items() if k in mates and p.tier < Tier.DOUBTFUL]
        return min(held, key=lambda row: (row[1].tier, row[1].score, row[0]), default=None)

    def _why_new(self, node: Node) -> str:
        near = self.memory.pairs(node)
        if not near:
            return ALONE
        key, pair = min(near.items(), key=lambda row: (row[1].tier, row[1].score, row[0]))
        return f"nearest is {'/'.join(key)}: {_apart(pair)}; not joined"

    def _decide(
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
                "reason": f"same as {'/'.join(key)}: {_apart(how)}",
            }
        self.out.decisions.append(
            Decision(
                seq=self._seq() if seq is None else seq,
                payload_id=self.came.payload_id,
                agency=node.agency,
                canonical_id=node.canonical_id,
                event_id=node.event_id,
                action=action,
                record_id=record_id,
                **values,  # type: ignore[arg-type]  # exactly the optional fields above
            )
        )

    def _announce(
        self,
        touched: Iterable[Node],
        before: dict[Key, UUID | None],
        record_id: UUID | None,
        node: Node | None = None,
    ) -> None:
        """Outbox rows: what happened to the report's own event, and to the events of those it moved."""
        if node is not None:
            assert node.event_id is not None
            self._own_change(node, before.get(node.key), record_id)
        for other in sorted(touched, key=lambda n: n.seq):
            old = before.get(other.key)
            if other is node or old is None or old == other.event_id:
                continue
            assert other.event_id is not None
            if self.memory.members.get(old):
                self._split(other, old, record_id)
            else:
                self._merge_events(old, other, record_id, why=True)

    def _own_change(self, node: Node, before: UUID | None, record_id: UUID | None) -> None:
        event_id = node.event_id
        assert event_id is not None
        mates = self.memory.members[event_id].values()
        if node.retracted and all(mate.retracted for mate in mates):
            change = "retracted"
        elif before is None and len(mates) == 1:
            change = "created"
        else:
            change = "updated"
        self._change(event_id, change, record_id)
        if before is not None and before != event_id:
            if self.memory.members.get(before):
                self._split(node, before, record_id)
            else:
                self._merge_events(before, node, record_id, why=True)

    def _split(self, node: Node, old: UUID, record_id: UUID | None) -> None:
        """A report left an event that goes on without it."""
        assert node.event_id is not None
        self._decide(node, "split", rule="regrouped", pair=self._best_pair(node))
        self.out.counts["split"] += 1
        self._change(old, "split", record_id)
        self._change(node.event_id, "updated", record_id)

    def _merge_events(self, old: UUID, node: Node, record_id: UUID | None, *, why: bool = False) -> None:
        """The last report of an event went to the event of `node`; with `why`, it was `node` itself."""
        assert node.event_id is not None
        if why:
            self._decide(node, "merge", rule="regrouped", pair=self._best_pair(node))
        self.out.merged[old] = node.event_id, node.event_type
        self.out.counts["merged"] += 1
        self._change(old, "merged", record_id)
        self._change(node.event_id, "updated", record_id)

    def _change(self, event_id: UUID, change: str, record_id: UUID | None) -> None:
        self.out.changes.append(Change(event_id, change, record_id, self.came.fetched_at))

    def _dirty(self, node: Node) -> None:
        self.out.dirty[node.key] = node

    def _seq(self) -> int:
        seq, self.next_seq = self.next_seq, self.next_seq + 1
        return seq


def _apart(pair: Pair) -> str:
    parts = [] if pair.distance_km is None else [f"{pair.distance_km:.0f} km"]
    parts.append(f"{pair.dt_s:.1f} s" if pair.dt_s < 600 else f"{pair.dt_s / 3600:.1f} h")
    if pair.dmag is not None:
        parts.append(f"{pair.dmag:.1f} magnitudes")
    return ", ".join(parts) + f" apart ({pair.rule})"


def probe(report: HazardReport) -> Node:
    """A report as a node that is not in any memory: to ask what is near it."""
    return _new_node(report, 0, report.updated_at.timestamp())


def _new_node(report: HazardReport, seq: int, updated_at: float) -> Node:
    node = Node(report.agency, report.source_event_id, report.event_type, seq, 0.0, updated_at)
    if report.event_type is EventType.TROPICAL_CYCLONE:
        node.track = Track()
    _update(node, report, updated_at)
    return node


def _update(node: Node, report: HazardReport, updated_at: float) -> None:
    """Let a node say what its newest report says; an older one of another feed adds only keys and fixes."""
    onset = report.onset.timestamp()
    node.keys |= frozenset(report.keys)
    if node.track is not None and report.lon is not None and report.lat is not None:
        node.track.add(onset, report.lon, report.lat)
    if updated_at < node.updated_at:
        return
    node.updated_at, node.onset = updated_at, onset
    if node.track is None and report.event_type is not EventType.TROPICAL_CYCLONE:
        node.event_type = report.event_type  # a quake found to be a blast, say; a track stays a track
    node.retracted = report.status is ReportStatus.DELETED
    if report.lon is not None and report.lat is not None:
        node.lon, node.lat, node.depth_km = report.lon, report.lat, report.depth_km
        node.position_error_km = report.position_error_km
    node.magnitude = report.magnitude if report.magnitude is not None else node.magnitude
    node.time_resolution_s = report.time_resolution_s


def _take_over(older: Node, younger: Node, out: Outcome) -> None:
    """Give the older node what the younger one knew."""
    older.keys |= younger.keys
    for line, head in younger.heads.items():
        mine = older.heads.get(line)
        if mine is None or head.updated_at > mine.updated_at:
            older.heads[line] = head
            mine, head = head, mine
        if head is not None:
            out.superseded.append(head.record_id)
    if older.track is not None and younger.track is not None:
        for at, place in younger.track.fixes.items():
            if at not in older.track.fixes:
                older.track.add(at, *place)
    if younger.updated_at > older.updated_at:
        for name in ("onset", "updated_at", "lon", "lat", "depth_km", "magnitude", "retracted"):
            setattr(older, name, getattr(younger, name))
        older.time_resolution_s, older.position_error_km = (
            younger.time_resolution_s,
            younger.position_error_km,
        )
