"""Whether two agencies' reports may be the same hazard: one pair at a time, pure."""

from __future__ import annotations

import math
from enum import IntEnum

from msgspec import Struct

from terraloom.hazards.nodes import Node
from terraloom.hazards.rules import (
    EarthquakeIdentity,
    Rules,
    Window,
    distance_km,
    far_distance_km,
    near_distance_km,
    near_time_s,
)
from terraloom.hazards.tracks import Separation, separation
from terraloom.records import CALENDAR_BEGINS, EventType

CALENDAR_BEGINS_S = CALENDAR_BEGINS.timestamp()  # s since 1970


class Tier(IntEnum):
    """How good a pair is; a lower tier is joined first."""

    OPERATOR = 0
    KEY = 1
    NEAR = 2
    FAR = 3  # only if it is without a rival
    DOUBTFUL = 4  # never joined: for a person to decide


class Pair(Struct, frozen=True):
    """How two reports compare. `score` is the distance in units of the near limits: lower is better."""

    tier: Tier
    score: float
    distance_km: float | None
    dt_s: float
    dmag: float | None
    rule: str


def judge(a: Node, b: Node, rules: Rules) -> Pair | None:
    """How `a` and `b` compare under the rules of their type; None when they are nowhere near."""
    if a.event_type is not b.event_type:
        return None
    if a.keys and b.keys and not a.keys.isdisjoint(b.keys):
        return _by_key(a, b)
    if CALENDAR_BEGINS_S in (a.onset, b.onset):  # began before year 1: not at one time with anything
        return None
    window = rules.window(a.event_type)
    if window is None or not window.cross_source or a.agency == b.agency:
        return None
    if a.event_type is EventType.TROPICAL_CYCLONE:
        return _cyclone(a, b, window, rules)
    if not (_placed(a) and _placed(b)):
        return None
    if a.event_type is EventType.EARTHQUAKE and rules.profile != "as-given":
        return _earthquake(a, b, rules.identity, plain=rules.profile == "pdl")
    return _in_window(a, b, window, plain=rules.profile == "as-given")


def time_gap_s(a: Node, b: Node) -> float:
    """
    Seconds by which two onsets must differ, given how coarsely each is stated.

    A time cut to a resolution r lies in [t, t + r): two reports whose intervals touch have no gap.
    """
    later_start = max(a.onset, b.onset)
    earlier_end = min(a.onset + _spread_s(a), b.onset + _spread_s(b))
    return max(0.0, later_start - earlier_end)


def _spread_s(node: Node) -> float:
    # Resolutions of a second or finer say nothing that the limits do not already allow for.
    return node.time_resolution_s if node.time_resolution_s > 1.0 else 0.0


def _by_key(a: Node, b: Node) -> Pair:
    shared = sorted(a.keys & b.keys)[0]
    distance = _distance_km(a, b) if _placed(a) and _placed(b) else None
    return Pair(Tier.KEY, 0.0, distance, abs(a.onset - b.onset), _dmag(a, b), f"key {shared}")


def _placed(node: Node) -> bool:
    return node.lon is not None and node.lat is not None


def _distance_km(a: Node, b: Node) -> float:
    """Great-circle distance of two nodes that both have a place."""
    return distance_km(a.lon, a.lat, b.lon, b.lat)  # type: ignore[arg-type]  # `_placed` was asked


def _dmag(a: Node, b: Node) -> float | None:
    return None if a.magnitude is None or b.magnitude is None else abs(a.magnitude - b.magnitude)


def _earthquake(a: Node, b: Node, limits: EarthquakeIdentity, *, plain: bool) -> Pair | None:
    magnitude = max(a.magnitude or 0.0, b.magnitude or 0.0)
    dt = time_gap_s(a, b)
    near_s = limits.near_time_s if plain else near_time_s(limits, magnitude)
    far_s = 0.0 if plain else max(limits.far_time_s, near_s)
    if dt > max(near_s, far_s) * limits.doubtful_factor:
        return None
    km = _distance_km(a, b)
    slack_km = 0.0 if plain else 2 * math.hypot(a.position_error_km, b.position_error_km)
    near_km = slack_km + (limits.near_distance_km if plain else near_distance_km(limits, magnitude))
    far_km = 0.0 if plain else max(near_km, far_distance_km(limits, magnitude) + slack_km)
    dmag = _dmag(a, b)
    tier = _tier(dt, km, dmag, limits, (near_s, near_km), (far_s, far_km))
    if tier is None:
        return None
    score = math.hypot(dt / limits.near_time_s, km / limits.near_distance_km, 0.0 if plain else (dmag or 0.0))
    return Pair(tier, score, km, dt, dmag, f"earthquake {tier.name.lower()}")


def _tier(
    dt: float,
    km: float,
    dmag: float | None,
    limits: EarthquakeIdentity,
    near: tuple[float, float],
    far: tuple[float, float],
) -> Tier | None:
    if dt <= near[0] and km <= near[1]:
        return Tier.NEAR
    agree = dmag is None or dmag <= limits.far_magnitude
    in_time = dt <= near[0] and km <= limits.far_alone_factor * near[1]
    part = 0.5 if dmag is None else 1.0
    if dt <= far[0] * part and km <= far[1] * part:
        return Tier.FAR if agree or in_time else Tier.DOUBTFUL
    factor = limits.doubtful_factor
    if agree and dt <= far[0] * factor and km <= far[1] * factor:
        return Tier.DOUBTFUL
    return None


def _in_window(a: Node, b: Node, window: Window, *, plain: bool) -> Pair | None:
    dt = abs(a.onset - b.onset) if plain else time_gap_s(a, b)
    limit_s = window.temporal_window_hours * 3600
    if dt > limit_s:
        return None
    km = _distance_km(a, b)
    if km > window.spatial_radius_km:
        return None
    score = math.hypot(dt / limit_s, km / window.spatial_radius_km)
    return Pair(Tier.NEAR, score, km, dt, _dmag(a, b), f"{a.event_type.value} window")


def _cyclone(a: Node, b: Node, window: Window, rules: Rules) -> Pair | None:
    if not (a.track and b.track):
        return None
    apart = separation(a.track, b.track, window.temporal_window_hours * 3600, 2 * window.spatial_radius_km)
    if apart is None:
        return None
    return _nearest_fix(a, b, apart, window) if rules.profile != "default" else _tracks(a, b, apart, window)


def _nearest_fix(a: Node, b: Node, apart: Separation, window: Window) -> Pair | None:
    if apart.nearest_km > window.spatial_radius_km:
        return None
    score = apart.nearest_km / window.spatial_radius_km
    return Pair(Tier.NEAR, score, apart.nearest_km, apart.dt_s, None, "TC window")


def _tracks(a: Node, b: Node, apart: Separation, window: Window) -> Pair | None:
    """Two tracks are one storm when they run together: the middle of all their distances is within."""
    if apart.median_km > 2 * window.spatial_radius_km:
        return None
    tier = Tier.NEAR if apart.median_km <= window.spatial_radius_km else Tier.DOUBTFUL
    score = apart.median_km / window.spatial_radius_km
    return Pair(tier, score, apart.median_km, apart.dt_s, None, "cyclone tracks")
