"""Which event each report belongs to, worked out anew for the reports that a change can touch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from terraloom.hazards.grouping import Grouping, group
from terraloom.hazards.memory import Memory
from terraloom.hazards.nodes import Key, Node
from terraloom.hazards.outcome import Outcome
from terraloom.records import derived_id


def components(memory: Memory, nodes: Iterable[Node]) -> list[Node]:
    """The live nodes connected with any of `nodes`, once each."""
    found: dict[Key, Node] = {}
    for node in nodes:
        if node.key not in found and not node.retracted and memory.nodes.get(node.key) is node:
            found |= {n.key: n for n in memory.component(node)}
    return list(found.values())


def regroup(memory: Memory, out: Outcome, nodes: Sequence[Node]) -> None:
    """Group each component of `nodes` and give the groups their events, the oldest first."""
    done: set[Key] = set()
    claimed: set[UUID] = set()  # also across components: what parted here must not keep one event
    for node in sorted(nodes, key=lambda n: n.seq):
        if node.key in done:
            continue
        component = memory.component(node)
        done |= {n.key for n in component}
        if len(component) == 1:
            _settle(memory, out, Grouping([component], []), claimed)
            continue
        edges, apart = memory.edges(component), memory.held_apart(component)
        grouping = group(component, edges, apart, runner_up=memory.rules.identity.far_runner_up)
        _settle(memory, out, grouping, claimed)


def event_of(memory: Memory, nodes: Sequence[Node], claimed: set[UUID], next_seq: int) -> UUID:
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
        if held is not None and held not in claimed and not _founder_is_live(memory, held):
            return held
    own = nodes[0].own_event_id
    if own in claimed or memory.members.get(own):  # its founder left it, and it goes on without
        return derived_id("event", *nodes[0].key, str(next_seq))
    return own


def _settle(memory: Memory, out: Outcome, grouping: Grouping, claimed: set[UUID]) -> None:
    keys = {node.key for nodes in grouping.groups for node in nodes}
    for pair in [p for p in memory.doubtful if p[0] in keys or p[1] in keys]:
        del memory.doubtful[pair]
    for a, b, how, why in grouping.doubtful:
        memory.doubt(a, b, how, why)
    out.regrouped |= keys
    for nodes in grouping.groups:
        event_id = event_of(memory, nodes, claimed, out.next_seq)
        claimed.add(event_id)
        for node in nodes:
            if node.event_id != event_id:
                memory.assign(node, event_id)
                out.dirty[node.key] = node


def _founder_is_live(memory: Memory, event_id: UUID) -> bool:
    members = memory.members.get(event_id, {}).values()
    return any(node.own_event_id == event_id and not node.retracted for node in members)
