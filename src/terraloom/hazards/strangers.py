"""
Reports that are new and have nobody near, most of what ever comes in: found for a whole batch at once.

Nothing else of the batch, whatever it does, can meet a stranger: its ids are its own, it has no identity key,
no operator spoke of it, and no other agency's report comes within what the rules can reach. So it founds an
event of its own, without being compared with anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from terraloom.hazards.memory import Memory, reach_km, reach_s
from terraloom.hazards.nodes import Node
from terraloom.hazards.population import EARTH_RADIUS_KM, Floats, unit_vectors
from terraloom.records import EventType, HazardReport, ReportStatus

Place = tuple[str, float, float, float]
"""Agency, onset (s since 1970), longitude and latitude (degrees)."""
ROUNDING = 1.01


def find(new: Sequence[HazardReport], moving: Sequence[HazardReport], memory: Memory) -> set[int]:
    """
    id() of the strangers among `new`.

    Parameters
    ----------
    new
        Reports of which nothing is known yet, and whose ids no other report of the batch names.
    moving
        The rest of the batch, but for what repeats.
    memory
        Holds all that is near any of them.
    """
    plain = sorted(filter(lambda report: _is_plain(report, memory), new), key=_kind)
    agencies = {node.agency for node in memory.nodes.values()} | {r.agency for r in (*new, *moving)}
    if len(agencies) < 2:
        return set(map(id, plain))
    others = _places(new, moving, memory)
    # Where a report without a place may turn up is not known: it is near everybody of its time.
    anywhere = np.sort([r.onset.timestamp() for r in moving if r.lon is None])
    largest = _largest((*new, *moving, *memory.nodes.values()))
    found: set[int] = set()
    for (agency, event_type), reports in groupby(plain, key=_kind):
        group = list(reports)
        mine = np.array([(r.onset.timestamp(), r.lon, r.lat) for r in group])
        theirs = np.array([place[1:] for place in others if place[0] != agency]).reshape(-1, 3)
        km = reach_km(memory.rules, event_type, *largest) * ROUNDING
        seconds = 2 * reach_s(memory.rules, event_type)  # `Memory` looks into the cells on both sides
        free = ~_near_any(mine, theirs, km, seconds) & ~_at_any(mine[:, 0], anywhere, seconds)
        found.update(id(report) for report, is_free in zip(group, free, strict=True) if is_free)
    return found


def _is_plain(report: HazardReport, memory: Memory) -> bool:
    return (
        report.lon is not None
        and not report.keys
        and report.status is not ReportStatus.DELETED
        and report.event_type is not EventType.TROPICAL_CYCLONE
        and not memory.spoken_of((report.agency, report.source_event_id))
    )


def _kind(report: HazardReport) -> tuple[str, EventType]:
    return report.agency, report.event_type


def _places(new: Iterable[HazardReport], moving: Iterable[HazardReport], memory: Memory) -> list[Place]:
    """Where and when everything stands that a report may be compared with, before, in and after the batch."""
    places = [
        (n.agency, n.onset, n.lon, n.lat)
        for n in memory.nodes.values()
        if n.lon is not None and n.lat is not None
    ]
    return places + [
        (r.agency, r.onset.timestamp(), r.lon, r.lat)
        for r in (*new, *moving)
        if r.lon is not None and r.lat is not None
    ]


def _largest(all_there_is: Sequence[HazardReport | Node]) -> tuple[float, float]:
    """The largest magnitude and position error, km."""
    magnitude = max((one.magnitude for one in all_there_is if one.magnitude is not None), default=0.0)
    return max(magnitude, 0.0), max(one.position_error_km for one in all_there_is)


def _near_any(mine: Floats, theirs: Floats, km: float, seconds: float) -> NDArray[np.bool_]:
    """Which of `mine` lie within both limits of any of `theirs`; rows are onset, longitude, latitude."""
    if not (len(theirs) and km and seconds):
        return np.zeros(len(mine), dtype=bool)
    from scipy.spatial import cKDTree  # half a second to import, so only where it is used

    tree = cKDTree(_scaled(theirs, km, seconds))
    distance, _ = tree.query(_scaled(mine, km, seconds), p=np.inf, distance_upper_bound=1.0)
    return np.isfinite(distance)


def _scaled(points: Floats, km: float, seconds: float) -> Floats:
    """In space and time, in units of the limits: no coordinate of a straight line is longer than the arc."""
    place = unit_vectors(points[:, 1], points[:, 2]) * (EARTH_RADIUS_KM / km)
    return np.column_stack([place, points[:, 0] / seconds])


def _at_any(mine: Floats, times: Floats, seconds: float) -> NDArray[np.bool_]:
    """Which of `mine` lie within so many seconds of any of the sorted `times`."""
    first, last = (np.searchsorted(times, mine + side) for side in (-seconds, seconds))
    return np.asarray(first < last)
