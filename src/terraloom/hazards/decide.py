"""
What becomes of each report: the pure heart of the hazards pipeline.

For each report, in order: identity (whose event is it), duplicate, stale, then correlation of the component
that it belongs to, and the events that follow from the groups. Nothing here reads a clock, a database or a
random number: the same reports on the same memory give the same outcome, however they are batched.
"""

from __future__ import annotations

from uuid import UUID

from terraloom.hazards.announcing import ALONE, announce, record
from terraloom.hazards.identity import identify
from terraloom.hazards.memory import Memory
from terraloom.hazards.nodes import Head, Node, new_node, update
from terraloom.hazards.outcome import Accepted, Outcome, Provenance, record_name
from terraloom.hazards.regrouping import components, event_of, regroup
from terraloom.records import HazardReport, derived_id
from terraloom.sources.operator import Association


class Decider:
    """Applies reports to a memory, one after the other, and collects in `out` what that changes."""

    def __init__(self, memory: Memory, *, next_seq: int, next_change: int = 1) -> None:
        self.memory = memory
        self.out = Outcome.empty(next_seq, next_change)

    def report(self, report: HazardReport, came: Provenance) -> None:
        """Decide one report."""
        self.out.came = came
        if id(report) in self.memory.unchanged:
            self.out.counts["duplicate"] += 1
            return
        if id(report) in self.memory.strangers:
            self.out.found(report)
            return
        node = identify(self.memory, self.out, report)
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
        memory, out = self.memory, self.out
        out.came = came
        a, b = ((r.agency, memory.canonical(r.agency, r.id)) for r in (said.a, said.b))
        known = [
            memory.nodes[key] for key in (a, b) if key in memory.nodes and not memory.nodes[key].retracted
        ]
        touched = components(memory, known)
        memory.set_operator(a, b, said.same)
        out.associations.append((min(a, b), max(a, b), said, came))
        touched = components(memory, [*touched, *known])
        before = {node.key: node.event_id for node in touched}
        regroup(memory, out, touched)
        for node in known[:1]:
            word = "the same as" if said.same else "not"
            reason = f"{said.operator}: {'/'.join(a)} is {word} {'/'.join(b)}. {said.reason}".strip()
            out.decide(node, "operator", reason=reason, rule="operator")
        announce(memory, out, touched, before, None)

    def _accept(self, node: Node | None, report: HazardReport, updated_at: float, head: Head | None) -> None:
        memory, out = self.memory, self.out
        record_id = derived_id(*record_name(report))
        seq = out.number()
        if head is not None:
            out.superseded.append(head.record_id)
        is_new = node is None
        if node is None:
            node = new_node(report, seq, updated_at)
            affected: list[Node] = []
        else:
            affected = components(memory, [node]) if not node.retracted else []
            memory.take_out(node)
            update(node, report, updated_at)
        node.heads[memory.line(report.source)] = Head(updated_at, report.fragment_hash, record_id)
        out.accepted.append(Accepted(record_id, seq, node, report, out.came))
        memory.add(node)
        if is_new and not node.retracted and not memory.pairs(node):
            self._found(node, record_id, seq)
            return
        before = {n.key: n.event_id for n in affected}
        touched = components(memory, [node, *affected])
        before |= {n.key: n.event_id for n in touched}
        if node.retracted and node.event_id is None:
            # A deletion of something never seen: kept, so that it cannot come back stale.
            memory.assign(node, node.own_event_id)
        regroup(memory, out, touched)
        record(memory, out, node, record_id, seq, is_new=is_new, before=before.get(node.key))
        announce(memory, out, touched, before, record_id, node)

    def _found(self, node: Node, record_id: UUID, seq: int) -> None:
        """A new hazard that nobody else is near, most of what comes in: the long way, cut short."""
        out = self.out
        event_id = event_of(self.memory, [node], set(), out.next_seq)
        self.memory.assign(node, event_id)
        out.regrouped.add(node.key)
        out.dirty[node.key] = node
        out.decide(node, "create", seq=seq, record_id=record_id, rule="new", reason=ALONE)
        out.counts["created"] += 1
        out.change(event_id, "created", record_id)
