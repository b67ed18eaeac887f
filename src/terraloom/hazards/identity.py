"""Whose event a report speaks of: an agency's own ids, which change, join and are handed over."""

from __future__ import annotations

from terraloom.hazards.announcing import announce, merge_events
from terraloom.hazards.memory import Memory
from terraloom.hazards.nodes import Node, take_over
from terraloom.hazards.outcome import Outcome
from terraloom.hazards.regrouping import components, regroup
from terraloom.records import HazardReport


def identify(memory: Memory, out: Outcome, report: HazardReport) -> Node | None:
    """
    The agency's event that this report speaks of, registering every id it lists; None when it is new.

    A list joins two known events only by naming the *main* id of the other (the id under which the agency
    itself reported it): two different events may share a secondary id, as USGS lists have shown.
    """
    agency = report.agency
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
        _absorb(memory, out, found[0], younger)
    canonical = found[0].canonical_id if found else report.source_event_id
    _register(memory, out, report, canonical)
    return found[0] if found else None


def _register(memory: Memory, out: Outcome, report: HazardReport, canonical: str) -> None:
    for n, identifier in enumerate((report.source_event_id, *report.also_ids)):
        key = report.agency, identifier
        known = memory.aliases.get(key)
        main = n == 0 or (known is not None and known[1])
        owner = known[0] if known else canonical
        if known != (owner, main):
            memory.aliases[key] = out.aliases[key] = (owner, main)
            if known is None:
                out.fresh_aliases.add(key)


def _absorb(memory: Memory, out: Outcome, older: Node, younger: Node) -> None:
    """Two known events of one agency are one: the younger becomes part of the older."""
    touched = components(memory, [n for n in (older, younger) if not n.retracted])
    for node in (older, younger):
        memory.take_out(node)
    assert younger.event_id is not None
    memory.members[younger.event_id].pop(younger.key, None)
    memory.nodes.pop(younger.key)
    out.dirty.pop(younger.key, None)
    out.absorbed[younger.key] = older.canonical_id
    _hand_over_words(memory, out, older, younger)
    _hand_over_ids(memory, out, older, younger)
    out.superseded += [head.record_id for head in take_over(older, younger)]
    memory.add(older)
    out.dirty[older.key] = older
    touched = components(memory, [older, *(n for n in touched if n is not younger)])
    before = {n.key: n.event_id for n in touched}
    regroup(memory, out, touched)
    assert older.event_id is not None
    reason = f"{older.agency} lists {younger.canonical_id} and {older.canonical_id} as one event"
    out.decide(older, "merge", rule="alias", candidate="/".join(younger.key), reason=reason)
    out.change(older.event_id, "updated", None)
    if younger.event_id != older.event_id:
        if memory.members.get(younger.event_id):
            out.change(younger.event_id, "split", None)  # it goes on without its agency's report
        else:
            merge_events(memory, out, younger.event_id, older, None)
    announce(memory, out, touched, before, None)


def _hand_over_ids(memory: Memory, out: Outcome, older: Node, younger: Node) -> None:
    for key, (owner, main) in memory.aliases.items():
        if key[0] == younger.agency and owner == younger.canonical_id:
            memory.aliases[key] = out.aliases[key] = (older.canonical_id, main)


def _hand_over_words(memory: Memory, out: Outcome, older: Node, younger: Node) -> None:
    """What operators said of the younger holds for the older, also what they said in this batch."""
    moved = memory.hand_over_words(younger.key, older.key)
    said, out.associations = out.associations, []
    for a, b, word, came in said:
        if younger.key in (a, b):
            other = b if a == younger.key else a
            if other in moved:
                pair = sorted((older.key, other))
                out.associations.append((pair[0], pair[1], word, came))
        else:
            out.associations.append((a, b, word, came))
