"""What is said of a decision: its reason, and the changes that it means for events."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from terraloom.hazards.matching import Pair, Tier
from terraloom.hazards.memory import Memory
from terraloom.hazards.nodes import Key, Node
from terraloom.hazards.outcome import Outcome, apart

ALONE = "no other agency's report is near"
Before = dict[Key, UUID | None]
"""The event of each node before it was regrouped."""


def record(
    memory: Memory, out: Outcome, node: Node, record_id: UUID, seq: int, *, is_new: bool, before: UUID | None
) -> None:
    """Write down the decision on one report, whose node stood in the event `before`."""
    out.dirty[node.key] = node
    company = best_pair(memory, node)
    if node.retracted:
        out.decide(node, "retract", seq=seq, record_id=record_id, rule="deleted by its source")
        out.counts["retracted"] += 1
    elif is_new and company:
        out.decide(node, "correlate", seq=seq, record_id=record_id, pair=company)
        out.counts["correlated"] += 1
    elif is_new:
        out.decide(node, "create", seq=seq, record_id=record_id, rule="new", reason=_why_new(memory, node))
        out.counts["created"] += 1
    else:
        how = company if before != node.event_id else None
        out.decide(node, "update", seq=seq, record_id=record_id, rule="identity", pair=how)
        out.counts["updated"] += 1


def announce(
    memory: Memory,
    out: Outcome,
    touched: Iterable[Node],
    before: Before,
    record_id: UUID | None,
    node: Node | None = None,
) -> None:
    """Outbox rows: what happened to the report's own event, and to the events of those it moved."""
    if node is not None:
        _own_change(memory, out, node, before.get(node.key), record_id)
    for other in sorted(touched, key=lambda n: n.seq):
        old = before.get(other.key)
        if other is not node and old is not None and old != other.event_id:
            _left(memory, out, other, old, record_id)


def merge_events(
    memory: Memory, out: Outcome, old: UUID, node: Node, record_id: UUID | None, *, why: bool = False
) -> None:
    """The last report of an event went to the event of `node`; with `why`, it was `node` itself."""
    assert node.event_id is not None
    if why:
        out.decide(node, "merge", rule="regrouped", pair=best_pair(memory, node))
    out.merged[old] = node.event_id, node.event_type
    out.counts["merged"] += 1
    out.change(old, "merged", record_id)
    out.change(node.event_id, "updated", record_id)


def best_pair(memory: Memory, node: Node) -> tuple[Key, Pair] | None:
    """The pair that holds a node in its event; None when it is alone there."""
    if node.retracted or node.event_id is None:
        return None
    mates = memory.members[node.event_id]
    held = [(k, p) for k, p in memory.pairs(node).items() if k in mates and p.tier < Tier.DOUBTFUL]
    return min(held, key=_closeness, default=None)


def _own_change(
    memory: Memory, out: Outcome, node: Node, before: UUID | None, record_id: UUID | None
) -> None:
    event_id = node.event_id
    assert event_id is not None
    mates = memory.members[event_id].values()
    if node.retracted and all(mate.retracted for mate in mates):
        change = "retracted"
    elif before is None and len(mates) == 1:
        change = "created"
    else:
        change = "updated"
    out.change(event_id, change, record_id)
    if before is not None and before != event_id:
        _left(memory, out, node, before, record_id)


def _left(memory: Memory, out: Outcome, node: Node, old: UUID, record_id: UUID | None) -> None:
    """A report left the event `old`, which goes on without it or is merged into where the report went."""
    assert node.event_id is not None
    if not memory.members.get(old):
        merge_events(memory, out, old, node, record_id, why=True)
        return
    out.decide(node, "split", rule="regrouped", pair=best_pair(memory, node))
    out.counts["split"] += 1
    out.change(old, "split", record_id)
    out.change(node.event_id, "updated", record_id)


def _why_new(memory: Memory, node: Node) -> str:
    near = memory.pairs(node)
    if not near:
        return ALONE
    key, pair = min(near.items(), key=_closeness)
    return f"nearest is {'/'.join(key)}: {apart(pair)}; not joined"


def _closeness(row: tuple[Key, Pair]) -> tuple[Tier, float, Key]:
    key, pair = row
    return pair.tier, pair.score, key
