"""One hazard as one agency sees it: the unit that correlation groups into events."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from msgspec import Struct

from terraloom.hazards.tracks import Track
from terraloom.records import EventType, HazardReport, ReportStatus, derived_id

Key = tuple[str, str]
"""(agency, canonical id)."""
TOLD_BY_THE_NEWEST = (
    "onset updated_at lon lat depth_km magnitude retracted time_resolution_s position_error_km"
).split()


class Head(Struct, frozen=True):
    """
    The newest accepted record of one line (a list, through whichever of its feeds): its clock (s since
    1970), what it said, its id.
    """

    updated_at: float
    fragment_hash: str
    record_id: UUID


@dataclass(slots=True, eq=False)
class Node:
    """
    A row of `source_events` in memory. `onset` and `updated_at` are seconds since 1970 (UTC).

    Compared by identity: two nodes of one run are the same only if they are the same object.
    """

    agency: str
    canonical_id: str
    event_type: EventType
    seq: int
    onset: float
    updated_at: float
    lon: float | None = None
    lat: float | None = None
    depth_km: float | None = None
    magnitude: float | None = None
    time_resolution_s: float = 1.0
    position_error_km: float = 0.0
    retracted: bool = False
    keys: frozenset[str] = frozenset()
    event_id: UUID | None = None
    track: Track | None = None
    heads: dict[str, Head] = field(default_factory=dict)  # by line
    key: Key = field(init=False)
    _own_event_id: UUID | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.key = (self.agency, self.canonical_id)

    @property
    def own_event_id(self) -> UUID:
        """The id of the event that this node founds, if it founds one."""
        if self._own_event_id is None:
            self._own_event_id = derived_id("event", self.agency, self.canonical_id)
        return self._own_event_id


def new_node(report: HazardReport, seq: int, updated_at: float) -> Node:
    """A hazard as its first report tells it."""
    node = Node(report.agency, report.source_event_id, report.event_type, seq, 0.0, updated_at)
    if report.event_type is EventType.TROPICAL_CYCLONE:
        node.track = Track()
    update(node, report, updated_at)
    return node


def probe(report: HazardReport) -> Node:
    """A report as a node that is not in any memory: to ask what is near it."""
    return new_node(report, 0, report.updated_at.timestamp())


def update(node: Node, report: HazardReport, updated_at: float) -> None:
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


def take_over(older: Node, younger: Node) -> list[Head]:
    """Give the older node what the younger one knew; returns the heads that are no longer the newest."""
    superseded = []
    older.keys |= younger.keys
    for line, head in younger.heads.items():
        mine = older.heads.get(line)
        if mine is None or head.updated_at > mine.updated_at:
            older.heads[line] = head
            mine, head = head, mine
        if head is not None:
            superseded.append(head)
    if older.track is not None and younger.track is not None:
        for at, place in younger.track.fixes.items():
            if at not in older.track.fixes:
                older.track.add(at, *place)
    if younger.updated_at > older.updated_at:
        for name in TOLD_BY_THE_NEWEST:
            setattr(older, name, getattr(younger, name))
    return superseded
