"""Read what a batch of reports can touch, however far the chain of near reports goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import chain
from typing import Any
from uuid import UUID

from msgspec import Struct
from psycopg import Connection

from terraloom.db import bulk
from terraloom.hazards import strangers
from terraloom.hazards.matching import Pair, Tier
from terraloom.hazards.memory import NO_LINES, Memory, reach_s
from terraloom.hazards.nodes import Head, Key, Node, probe
from terraloom.hazards.rules import EARTH_RADIUS_KM, Rules
from terraloom.hazards.tables import split
from terraloom.hazards.tracks import Track
from terraloom.records import EventType, HazardReport
from terraloom.sources.operator import Association

SQL = bulk.statements(files("terraloom.hazards").joinpath("prefetch.sql").read_text())
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_S, LAST_S = ((datetime(year, 1, 1, tzinfo=UTC) - EPOCH).total_seconds() for year in (1, 9999))


def prefetch(
    connection: Connection[Any],
    rules: Rules,
    reports: Sequence[HazardReport],
    associations: Sequence[Association] = (),
    lines: Mapping[str, str] = NO_LINES,
) -> Memory:
    """
    Load all that deciding `reports` can touch: their own events, everything near them, and whatever that is
    connected with, however far the chain goes.
    """
    loader = _Loader(connection, rules, lines)
    loader.aliases(reports, associations)
    new, moving = loader.set_aside(reports)
    loader.named_nodes(associations)
    loader.load(list(_near([*new, *moving], rules)))
    if not associations:  # which may speak of anything
        loader.memory.strangers = strangers.find(new, moving, loader.memory)
    moving += [report for report in new if id(report) not in loader.memory.strangers]
    loader.paths(moving)
    while loader.extend(moving):
        pass
    loader.doubts()
    return loader.memory


class _Wanted(Struct):
    """What to look for around one report or node."""

    event_type: EventType
    start: float  # s since 1970
    end: float
    south: float
    north: float
    keys: frozenset[str]
    track: bool


def _near(reports: Iterable[HazardReport], rules: Rules) -> Iterator[_Wanted]:
    """Around each report; but not around cyclones, which `_Loader.paths` follows."""
    quakes = [report for report in reports if report.event_type is EventType.EARTHQUAKE]
    keys = frozenset(key for report in quakes for key in report.keys)
    for start, end in _spans([report.onset.timestamp() for report in quakes], rules):
        yield _Wanted(EventType.EARTHQUAKE, start, end, -90.0, 90.0, keys, False)
    for report in reports:
        if report.event_type not in (EventType.EARTHQUAKE, EventType.TROPICAL_CYCLONE):
            onset = report.onset.timestamp()
            yield _around(report.event_type, onset, onset, report.lat, frozenset(report.keys), rules)


def _spans(onsets: Iterable[float], rules: Rules) -> list[list[float]]:
    """Start and end of all that earthquakes at these times reach. Most come by the hundred: one question."""
    reach = reach_s(rules, EventType.EARTHQUAKE)
    spans: list[list[float]] = []
    for onset in sorted(onsets):
        if spans and onset - reach <= spans[-1][1]:
            spans[-1][1] = onset + reach
        else:
            spans.append([onset - reach, onset + reach])
    return spans


def _around(
    event_type: EventType, start: float, end: float, lat: float | None, keys: frozenset[str], rules: Rules
) -> _Wanted:
    reach = reach_s(rules, event_type)
    south, north = -90.0, 90.0
    window = rules.window(event_type)
    if lat is not None and window is not None and event_type is not EventType.EARTHQUAKE:
        # Degrees of latitude that the radius spans, and a little more. Earthquakes reach far; time selects.
        band = window.spatial_radius_km / (EARTH_RADIUS_KM * 0.01745) * 1.01
        south, north = lat - band, lat + band
    track = event_type is EventType.TROPICAL_CYCLONE
    return _Wanted(event_type, start - reach, end + reach, south, north, keys, track)


class _Loader:
    """Loads nodes into a memory until nothing more is connected with the batch."""

    def __init__(self, connection: Connection[Any], rules: Rules, lines: Mapping[str, str]) -> None:
        self.connection, self.rules = connection, rules
        self.memory = Memory(rules, lines)
        self.explored: set[Key] = set()  # nodes whose own surroundings are loaded
        self.named: set[Key] = set()  # known events that the batch says something new of
        self.known: set[Key] = set()  # events that an id of the batch leads to
        self.references: set[Key] = set()  # what `named` is chosen from; an unknown id stands for itself
        self.heads: dict[Key, dict[str, Head]] = {}
        self.alongside: set[Key] = set()  # storms of the time of those that the batch moves

    def aliases(self, reports: Sequence[HazardReport], associations: Sequence[Association]) -> None:
        wanted = {(r.agency, i) for r in reports for i in (r.source_event_id, *r.also_ids)}
        wanted |= {(r.agency, r.id) for said in associations for r in (said.a, said.b)}
        rows = self._of("aliases", wanted)
        for agency, identifier, canonical, main in rows:
            self.memory.aliases[agency, identifier] = (canonical, main)
        self.known = {(agency, canonical) for agency, _, canonical, _ in rows}
        for agency, canonical, source, *head in self._of("heads", self.known):
            by_line, line = self.heads.setdefault((agency, canonical), {}), self.memory.line(source)
            found = Head(*head)
            if line not in by_line or found.updated_at > by_line[line].updated_at:
                by_line[line] = found

    def set_aside(self, reports: Sequence[HazardReport]) -> tuple[list[HazardReport], list[HazardReport]]:
        """
        The reports that may change anything: not those that repeat what stands, whose ids are all known as
        one event's, and which no other report of the batch speaks of. Most of a polled list is such.

        The first list holds those of which nothing is known yet, and which no other report speaks of either.
        """
        named = [self._events_named(report) for report in reports]
        spoken = Counter(chain.from_iterable(named))
        new: list[HazardReport] = []
        moving: list[HazardReport] = []
        for report, keys in zip(reports, named, strict=True):
            alone = max(map(spoken.__getitem__, keys)) == 1
            if alone and len(keys) == 1 and self._repeats(report, keys[0]):
                self.memory.unchanged.add(id(report))
                continue
            self.references.update(keys)
            (new if alone and self.known.isdisjoint(keys) else moving).append(report)
        return new, moving

    def _events_named(self, report: HazardReport) -> tuple[Key, ...]:
        """The events that a report's ids belong to; an id that is not known yet stands for itself."""
        agency, canonical = report.agency, self.memory.canonical
        if not report.also_ids:
            return ((agency, canonical(agency, report.source_event_id)),)
        ids = (report.source_event_id, *report.also_ids)
        return tuple({(agency, canonical(agency, identifier)) for identifier in ids})

    def _repeats(self, report: HazardReport, key: Key) -> bool:
        alias = self.memory.aliases.get((report.agency, report.source_event_id))
        heads = self.heads.get(key, {}).values()
        return bool(alias and alias[1]) and any(h.fragment_hash == report.fragment_hash for h in heads)

    def named_nodes(self, associations: Sequence[Association]) -> None:
        """Load the events that the batch names, with what each line last said of them."""
        self.references |= {
            (r.agency, self.memory.canonical(r.agency, r.id))
            for said in associations
            for r in (said.a, said.b)
        }
        words = self._words(self.references)
        self._fetch(self.references & self.known | words)
        self.named = {key for key in self.references | words if key in self.memory.nodes}
        for key in self.named:
            self.memory.nodes[key].heads |= self.heads.get(key, {})

    def paths(self, reports: Iterable[HazardReport]) -> None:
        """
        Load the storms that lived beside one of the batch, from its first known fix to its last new one. How
        two tracks compare changes with every fix, so all of them count as near until they are compared.
        """
        storms: dict[Key, list[HazardReport]] = {}
        for report in reports:
            if report.event_type is EventType.TROPICAL_CYCLONE:
                canonical = self.memory.canonical(report.agency, report.source_event_id)
                storms.setdefault((report.agency, canonical), []).append(report)
        self.alongside = self.load([self._path(key, fixes) for key, fixes in storms.items()])

    def _path(self, key: Key, reports: Sequence[HazardReport]) -> _Wanted:
        times = [report.onset.timestamp() for report in reports]
        known = self.memory.nodes.get(key)
        if known is not None and known.track:
            times += [known.track.first, known.track.last]
        keys = frozenset(k for report in reports for k in report.keys)
        return _around(EventType.TROPICAL_CYCLONE, min(times), max(times), None, keys, self.rules)

    def load(self, wanted: Sequence[_Wanted]) -> set[Key]:
        """Load every node in these surroundings; returns which there are."""
        found: set[Key] = set()
        still = [w for w in wanted if not w.track and w.end > w.start]
        if still:
            found |= set(self._all("nodes_near", **_windows(still)))
        moving = [w for w in wanted if w.track]
        if moving:
            found |= set(
                self._all(
                    "nodes_on_track", start=_times(w.start for w in moving), end=_times(w.end for w in moving)
                )
            )
        keys = sorted({key for w in wanted for key in w.keys})
        if keys:
            found |= set(self._all("nodes_with_keys", keys=keys))
        self._fetch(found)
        return found

    def extend(self, reports: Sequence[HazardReport]) -> bool:
        """Load the surroundings of what is connected with the batch so far; False when that is all."""
        connected = self._connected(reports)
        fresh = [node for node in connected if node.key not in self.explored]
        if not fresh:
            return False
        self.explored |= {node.key for node in fresh}
        held = {node.event_id for node in fresh if node.event_id is not None}
        # An event that a node founded and left may go on elsewhere: then it is not free for that node again.
        self._fetch_events(held | {node.own_event_id for node in fresh})
        self._fetch_associated(fresh)
        self.load([_around_node(node, self.rules) for node in fresh])
        return True

    def doubts(self) -> None:
        """Load the doubtful pairs of all nodes that the decisions may change."""
        for *row, distance, dt, dmag, score, reason in self._of("doubtful", self.explored):
            a, b = (row[0], row[1]), (row[2], row[3])
            self.memory.doubt(a, b, Pair(Tier.DOUBTFUL, score, distance, dt, dmag, ""), reason)

    def _connected(self, reports: Sequence[HazardReport]) -> list[Node]:
        memory = self.memory
        near = sorted(self.named | self.alongside)
        found: dict[Key, Node] = {key: memory.nodes[key] for key in near}
        for report in reports:
            for key in memory.pairs_of_stranger(probe(report)):
                found.setdefault(key, memory.nodes[key])
        for node in list(found.values()):
            if not node.retracted:
                found |= {n.key: n for n in memory.component(node)}
        return list(found.values())

    def _fetch_events(self, event_ids: set[UUID]) -> None:
        self._fetch(set(self._all("nodes_of_events", event_id=sorted(event_ids))))

    def _fetch_associated(self, nodes: Sequence[Node]) -> None:
        self._fetch(self._words({node.key for node in nodes}))

    def _words(self, keys: Collection[Key]) -> set[Key]:
        """Load what operators said of some events, known or not yet; returns all that they spoke of."""
        rows = self._of("associations", keys)
        for a_agency, a_id, b_agency, b_id, same in rows:
            if self.memory.operator.get(_ordered((a_agency, a_id), (b_agency, b_id))) != same:
                self.memory.set_operator((a_agency, a_id), (b_agency, b_id), same)
        return {key for row in rows for key in ((row[0], row[1]), (row[2], row[3]))}

    def _fetch(self, keys: Iterable[Key]) -> None:
        missing = {key for key in keys if key not in self.memory.nodes}
        if not missing:
            return
        nodes = [_node(row) for row in self._of("nodes", missing)]
        moving = {node.key: node for node in nodes if node.event_type is EventType.TROPICAL_CYCLONE}
        for node in moving.values():
            node.track = Track()
        if moving:
            for agency, canonical, at, lon, lat in self._of("tracks", moving):
                track = moving[agency, canonical].track
                assert track is not None
                track.add(at, lon, lat)
        for node in nodes:
            self.memory.add(node)

    def _of(self, name: str, keys: Collection[Key]) -> list[tuple[Any, ...]]:
        return self._all(name, **split(keys)) if keys else []

    def _all(self, name: str, **values: Any) -> list[tuple[Any, ...]]:
        if any(isinstance(value, list) and not value for value in values.values()):
            return []
        return self.connection.execute(SQL[name], values, prepare=True).fetchall()


def _around_node(node: Node, rules: Rules) -> _Wanted:
    start = end = node.onset
    if node.track is not None and node.track.fixes:
        start, end = node.track.first, node.track.last
    return _around(node.event_type, start, end, node.lat, node.keys, rules)


def _node(row: tuple[Any, ...]) -> Node:
    values = list(row)
    values[2], values[13] = EventType(row[2]), frozenset(row[13])  # event_type, keys
    return Node(*values)


def _windows(wanted: Sequence[_Wanted]) -> dict[str, list[Any]]:
    """Windows of one type and band that overlap become one, so that a dense batch asks few questions."""
    merged: list[_Wanted] = []
    for w in sorted(wanted, key=lambda w: (w.event_type.value, w.south, w.north, w.start)):
        last = merged[-1] if merged else None
        if (
            last
            and (last.event_type, last.south, last.north) == (w.event_type, w.south, w.north)
            and w.start <= last.end
        ):
            last.end = max(last.end, w.end)
        else:
            merged.append(_Wanted(w.event_type, w.start, w.end, w.south, w.north, frozenset(), False))
    return {
        "type": [w.event_type.value for w in merged],
        "start": _times(w.start for w in merged),
        "end": _times(w.end for w in merged),
        "south": [w.south for w in merged],
        "north": [w.north for w in merged],
    }


def _times(seconds: Iterable[float]) -> list[datetime]:
    """Times of seconds since 1970, the ends of the calendar where those lie beyond it."""
    return [EPOCH + timedelta(seconds=min(max(s, FIRST_S), LAST_S)) for s in seconds]


def _ordered(a: Key, b: Key) -> tuple[Key, Key]:
    return (a, b) if a < b else (b, a)
