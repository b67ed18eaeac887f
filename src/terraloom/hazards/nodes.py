"""One hazard as one agency sees it: the unit that correlation groups into events."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from msgspec import Struct

from terraloom.hazards.tracks import Track
from terraloom.records import EventType, derived_id

Key = tuple[str, str]
"""(agency, canonical id)."""


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
