"""What a decision can see: the part of the record that a batch can touch, in memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from terraloom.hazards.matching import Pair, Tier, judge
from terraloom.hazards.nodes import Key, Node
from terraloom.hazards.rules import Rules, far_distance_km, near_distance_km, near_time_s
from terraloom.records import EventType

NO_LINES: Mapping[str, str] = {}
# How coarsely a feed of a type states times, s: most to the minute, a weekly report to the week.
COARSEST_TIME_S = 60.0
WEEKLY = {EventType.VOLCANO: 7 * 86_400.0}


def reach_s(rules: Rules, event_type: EventType) -> float:
    """Greatest time difference, s, at which two reports of a type can still be compared."""
    window = rules.window(event_type)
    if window is None:
        return 0.0
    if event_type is EventType.EARTHQUAKE and rules.profile != "as-given":
        limits = rules.identity
        widest = max(limits.far_time_s, near_time_s(limits, 10.0)) * limits.doubtful_factor
        return widest + COARSEST_TIME_S
    coarsest = 0.0 if rules.profile == "as-given" else WEEKLY.get(event_type, COARSEST_TIME_S)
    return window.temporal_window_hours * 3600 + coarsest


def reach_km(rules: Rules, event_type: EventType, magnitude: float, error_km: float) -> float:
    """
    Greatest distance, km, at which two agencies' reports of a type can still be compared, none of a larger
    magnitude or position error than given; 0 where place joins nobody.
    """
    window = rules.window(event_type)
    if window is None or not window.cross_source:
        return 0.0
    if event_type is not EventType.EARTHQUAKE or rules.profile == "as-given":
        return window.spatial_radius_km
    limits = rules.identity
    widest = max(near_distance_km(limits, magnitude), far_distance_km(limits, magnitude))
    return (widest + 2 * math.hypot(error_km, error_km)) * max(limits.doubtful_factor, 1.0)


class Memory:
    """
    Nodes, aliases and operator decisions, indexed so that everything near a report is found at once.

    A node enters by `add`; before its place, time or keys change it must leave by `take_out`.
    """

    def __init__(self, rules: Rules, lines: Mapping[str, str] = NO_LINES) -> None:
        self.rules = rules
        self._lines = lines  # feed -> the list that it is a window on
        self._reach = {event_type: reach_s(rules, event_type) for event_type in EventType}
        self.nodes: dict[Key, Node] = {}
        self.aliases: dict[Key, tuple[str, bool]] = {}  # (agency, id) -> canonical id, main
        self.members: dict[UUID, dict[Key, Node]] = {}
        self.operator: dict[tuple[Key, Key], bool] = {}
        self.doubtful: dict[tuple[Key, Key], tuple[Pair, str]] = {}
        self.was_doubtful = False  # whether a pair ever was, here
        self.unchanged: set[int] = set()  # id() of the batch's reports that repeat what stands
        self.strangers: set[int] = set()  # id() of those that are new, with nobody near: see `strangers`
        self._by_time: dict[tuple[EventType, int], dict[Key, Node]] = {}
        self._by_key: dict[str, dict[Key, Node]] = {}
        self._tracks: dict[Key, Node] = {}
        self._of_operator: dict[Key, dict[Key, bool]] = {}
        self._pairs: dict[Key, dict[Key, Pair]] = {}

    def add(self, node: Node) -> None:
        """Index a node (by time, identity keys, track) unless it is retracted."""
        self.nodes[node.key] = node
        if node.event_id is not None:
            self.members.setdefault(node.event_id, {})[node.key] = node
        if node.retracted:
            return
        for cell in self._cells(node):
            self._by_time.setdefault(cell, {})[node.key] = node
        for key in node.keys:
            self._by_key.setdefault(key, {})[node.key] = node
        if node.track is not None:
            self._tracks[node.key] = node
        if self._pairs:
            self._announce(node)

    def take_out(self, node: Node) -> None:
        """Forget where a node is, and its pairs; it stays known by its key and event."""
        for cell in self._cells(node):
            self._by_time.get(cell, {}).pop(node.key, None)
        for key in node.keys:
            self._by_key.get(key, {}).pop(node.key, None)
        self._tracks.pop(node.key, None)
        for other in self._pairs.pop(node.key, {}):
            self._pairs.get(other, {}).pop(node.key, None)

    def assign(self, node: Node, event_id: UUID) -> None:
        """Put a node into an event."""
        if node.event_id is not None:
            self.members[node.event_id].pop(node.key, None)
        node.event_id = event_id
        self.members.setdefault(event_id, {})[node.key] = node

    def set_operator(self, a: Key, b: Key, same: bool) -> None:
        """An operator says that two are (or are not) the same event."""
        self.operator[min(a, b), max(a, b)] = same
        self._of_operator.setdefault(a, {})[b] = same
        self._of_operator.setdefault(b, {})[a] = same
        pair = self._judge(self.nodes[a], self.nodes[b]) if self._is_live(a) and self._is_live(b) else None
        for one, other in ((a, b), (b, a)):
            compared = self._pairs.get(one, {})
            compared.pop(other, None)
            if pair is not None:
                compared[other] = pair

    def spoken_of(self, key: Key) -> bool:
        """Whether an operator has said anything of it."""
        return key in self._of_operator

    def hand_over_words(self, old: Key, new: Key) -> set[Key]:
        """
        What operators said of `old` holds for `new` from now on, unless they spoke of that one themselves.

        Returns the other sides of the words handed over.
        """
        moved = set()
        for other, same in self._of_operator.pop(old, {}).items():
            del self.operator[min(old, other), max(old, other)]
            del self._of_operator[other][old]
            if other != new and other not in self._of_operator.get(new, {}):
                self.set_operator(new, other, same)
                moved.add(other)
        return moved

    def doubt(self, a: Key, b: Key, pair: Pair, why: str) -> None:
        """Remember a pair that a person should decide."""
        self.doubtful[a, b] = (pair, why)
        self.was_doubtful = True

    def canonical(self, agency: str, source_event_id: str) -> str:
        """The id under which an agency's event is known; the id itself where it is not."""
        known = self.aliases.get((agency, source_event_id))
        return known[0] if known else source_event_id

    def line(self, source: str) -> str:
        """The list that a feed is a window on; the feed itself where it is none."""
        return self._lines.get(source, source)

    def pairs(self, node: Node) -> dict[Key, Pair]:
        """Every node that `node` can be compared with, and how (kept until either changes)."""
        found = self._pairs.get(node.key)
        if found is None:
            found = {}
            for other in self._candidates(node):
                pair = self._judge(node, other)
                if pair is not None:
                    found[other.key] = pair
            self._pairs[node.key] = found
        return found

    def pairs_of_stranger(self, node: Node) -> list[Key]:
        """What a node that is not (or not yet) in this memory could be compared with."""
        return [other.key for other in self._candidates(node) if self._judge(node, other) is not None]

    def component(self, node: Node) -> list[Node]:
        """All nodes that pairs connect with `node`, itself first."""
        seen, queue = {node.key: node}, [node]
        for one in queue:
            for key in self.pairs(one):
                if key not in seen:
                    seen[key] = self.nodes[key]
                    queue.append(self.nodes[key])
        return queue

    def edges(self, component: Iterable[Node]) -> dict[tuple[Key, Key], Pair]:
        """All pairs within a component, the smaller key first."""
        return {
            (node.key, other): pair
            for node in component
            for other, pair in self._pairs[node.key].items()
            if node.key < other
        }

    def held_apart(self, component: Iterable[Node]) -> frozenset[tuple[Key, Key]]:
        """Pairs of a component that an operator declared different."""
        if not self.operator:
            return frozenset()
        keys = {node.key for node in component}
        return frozenset(
            pair for pair, same in self.operator.items() if not same and pair[0] in keys and pair[1] in keys
        )

    def _cells(self, node: Node) -> tuple[tuple[EventType, int], ...]:
        reach = self._reach[node.event_type]
        return ((node.event_type, int(node.onset // reach)),) if reach and node.track is None else ()

    def _is_live(self, key: Key) -> bool:
        return key in self.nodes and not self.nodes[key].retracted

    def _candidates(self, node: Node) -> Iterator[Node]:
        for event_type, cell in self._cells(node):
            for near in (cell - 1, cell, cell + 1):
                yield from self._by_time.get((event_type, near), {}).values()
        for key in node.keys:
            yield from self._by_key.get(key, {}).values()
        for other in self._of_operator.get(node.key, {}):
            if self._is_live(other):
                yield self.nodes[other]
        if node.track is not None:
            reach, first, last = self._reach[node.event_type], node.track.first, node.track.last
            for storm in self._tracks.values():
                track = storm.track
                if track is not None and first - track.last <= reach and track.first - last <= reach:
                    yield storm

    def _judge(self, a: Node, b: Node) -> Pair | None:
        if a is b:
            return None
        said = self._of_operator.get(a.key, {}).get(b.key) if self._of_operator else None
        if said is not None:
            return Pair(Tier.OPERATOR, 0.0, None, abs(a.onset - b.onset), None, "operator") if said else None
        if a.agency == b.agency and a.keys.isdisjoint(b.keys):
            return None
        # One order for both directions: rounding must not make a pair differ from its mirror image.
        return judge(a, b, self.rules) if a.key < b.key else judge(b, a, self.rules)

    def _announce(self, node: Node) -> None:
        """Tell those already compared with others that `node` is there now."""
        self._pairs.pop(node.key, None)
        for other, pair in self.pairs(node).items():
            if other in self._pairs:
                self._pairs[other][node.key] = pair
