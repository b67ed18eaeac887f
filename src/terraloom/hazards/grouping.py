"""
Which reports are one event: a pure function of the *set* of reports, whatever order they came in.

Pairs are joined best first (tier, then score) into groups, with at most one report per agency in a group:
an agency that lists two events means two. A pair of the far tier is joined only where one side is still
alone and no rival is nearly as good. What remains close but apart is doubtful, for a person to decide.

The reports that one decision can touch are those connected by pairs (a component), so a new report
regroups its component and nothing else. Because the result depends on the set alone, any order of arrival
and any split into batches group alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from terraloom.hazards.matching import Pair, Tier
from terraloom.hazards.nodes import Key, Node

Edges = Mapping[tuple[Key, Key], Pair]
"""Pairs by their two keys, the smaller first."""


class Join(Struct, frozen=True):
    """Why a report is in its group: the best pair that holds it there."""

    node: Key
    other: Key
    pair: Pair


class Grouping(Struct, frozen=True):
    """Groups of nodes (each in order of first acceptance) and the pairs left in doubt."""

    groups: list[list[Node]]
    doubtful: list[tuple[Key, Key, Pair, str]]


def edge(a: Node, b: Node) -> tuple[Key, Key]:
    return (a.key, b.key) if a.key < b.key else (b.key, a.key)


def group(
    nodes: Sequence[Node], edges: Edges, apart: frozenset[tuple[Key, Key]], *, runner_up: float
) -> Grouping:
    """
    Group the nodes of one component.

    Parameters
    ----------
    nodes
        All nodes of the component, none retracted.
    edges
        Every pair among them that `matching.judge` (or an operator) saw.
    apart
        Pairs that an operator declared to be different events.
    runner_up
        How many times worse a rival must score for a far pair to be joined.
    """
    groups = _Groups(nodes, apart)
    ranked = sorted(edges.items(), key=lambda item: (item[1].tier, item[1].score, item[0]))
    for (a, b), pair in ranked:
        if pair.tier < Tier.FAR:
            groups.join(a, b, by_operator=pair.tier is Tier.OPERATOR)
    far = [(a, b, pair) for (a, b), pair in ranked if pair.tier is Tier.FAR]
    rivals = _Rivals(edges if far else {}, groups, runner_up)
    left: list[tuple[Key, Key, Pair, str]] = []
    for a, b, pair in far:
        if not groups.together(a, b):
            why = rivals.objection(a, b, pair)
            if why or not groups.join(a, b):
                left.append((a, b, pair, why))
    left += [(a, b, pair, _why_doubtful(pair)) for (a, b), pair in ranked if pair.tier is Tier.DOUBTFUL]
    return Grouping(groups.listed(), [row for row in left if groups.could_join(row[0], row[1])])


def _why_doubtful(pair: Pair) -> str:
    if pair.dmag is not None and pair.rule.startswith("earthquake"):
        return f"close, but magnitudes differ by {pair.dmag:.1f} or it lies just outside the limits"
    return "just outside the limits"


class _Groups:
    """Disjoint groups with at most one node per agency (operators may override) and no pair held apart."""

    def __init__(self, nodes: Iterable[Node], apart: frozenset[tuple[Key, Key]]) -> None:
        self.nodes = {node.key: node for node in nodes}
        self.of: dict[Key, list[Key]] = {key: [key] for key in self.nodes}
        self.apart = apart

    def together(self, a: Key, b: Key) -> bool:
        return self.of[a] is self.of[b]

    def alone(self, key: Key) -> bool:
        return len(self.of[key]) == 1

    def could_join(self, a: Key, b: Key, *, by_operator: bool = False) -> bool:
        """Whether their groups may become one."""
        ga, gb = self.of[a], self.of[b]
        if ga is gb:
            return False
        if not by_operator and {k[0] for k in ga} & {k[0] for k in gb}:
            return False
        return not (self.apart and any((min(x, y), max(x, y)) in self.apart for x in ga for y in gb))

    def join(self, a: Key, b: Key, *, by_operator: bool = False) -> bool:
        if not self.could_join(a, b, by_operator=by_operator):
            return False
        ga, gb = self.of[a], self.of[b]
        ga += gb
        for key in gb:
            self.of[key] = ga
        return True

    def listed(self) -> list[list[Node]]:
        unique = {id(g): g for g in self.of.values()}
        ordered = [sorted((self.nodes[k] for k in g), key=lambda n: n.seq) for g in unique.values()]
        return sorted(ordered, key=lambda g: g[0].seq)


class _Rivals:
    """Who else a node might belong to."""

    def __init__(self, edges: Edges, groups: _Groups, runner_up: float) -> None:
        self.groups, self.runner_up = groups, runner_up
        self.near: dict[Key, list[tuple[Key, Pair]]] = {}
        for (a, b), pair in edges.items():
            self.near.setdefault(a, []).append((b, pair))
            self.near.setdefault(b, []).append((a, pair))

    def objection(self, a: Key, b: Key, pair: Pair) -> str:
        """Why a far pair is not joined; empty when nothing speaks against it."""
        if not (self.groups.alone(a) or self.groups.alone(b)):
            return "both already have company"
        for one, other in ((a, b), (b, a)):
            rival = self._rival(one, other)
            if rival is not None and rival[1].score < self.runner_up * pair.score:
                return f"{'/'.join(one)} may as well be {'/'.join(rival[0])}"
        return ""

    def _rival(self, one: Key, other: Key) -> tuple[Key, Pair] | None:
        """The best pair of `one` with a report outside both groups."""
        of = self.groups.of
        rest = [r for r in self.near[one] if of[r[0]] is not of[one] and of[r[0]] is not of[other]]
        return min(rest, key=lambda r: (r[1].score, r[0]), default=None)
