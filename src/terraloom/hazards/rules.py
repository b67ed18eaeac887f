"""
The limits of correlation: when two agencies' reports may be the same hazard.

Windows per event type are those of ``correlation`` in ``terraloom.yaml``. For earthquakes, identity has
rules of its own (`EarthquakeIdentity`), because a window wide enough to hold one earthquake's reports
(25 km, 6 h) also holds its aftershocks; that window then only names *sequences*. Tsunamis are where and when
their earthquakes are, and of those that raise one, two are never this near.
"""

from __future__ import annotations

import math
from typing import Literal

from msgspec import Struct, structs

from terraloom.records import EventType

Profile = Literal["default", "as-given", "pdl"]
PROFILES: tuple[Profile, ...] = ("default", "as-given", "pdl")


class Window(Struct, frozen=True, kw_only=True):
    """How far apart two sources' reports of one hazard may lie, as configured."""

    spatial_radius_km: float
    temporal_window_hours: float
    cross_source: bool = True


class EarthquakeIdentity(Struct, frozen=True, kw_only=True):
    """
    When two agencies mean the same earthquake.

    *Near*: within `near_time_s` and `near_distance_km` (the association window of the USGS Product
    Distribution Layer, 16 s and 100 km), the best match. From `growth_magnitude` upward a rupture takes
    long and reaches far, so that hypocentre and centroid, or an automatic and a reviewed origin, drift
    apart: the time limit grows linearly to `large_time_s` at M7 and `huge_time_s` at M8.

    *Far*: a report that found nobody near, within `far_time_s` and up to `far_distance_km`, if the
    magnitudes agree within `far_magnitude` and the runner-up scores more than `far_runner_up` times
    worse. Where a magnitude is not given, half of both limits stands in for that agreement; within the
    near time and `far_alone_factor` times the near distance, the time alone does. A region 600 km around
    sees about one M3.5 a day, so that a stranger falls within a minute of another once in a thousand
    times; below that magnitude the distance shrinks to keep this share (Gutenberg-Richter, b = 1: ten
    times as many per unit, hence 10^-0.5 of the radius).
    """

    near_time_s: float = 16.0
    near_distance_km: float = 100.0
    growth_magnitude: float = 6.0
    large_time_s: float = 60.0
    huge_time_s: float = 90.0
    far_time_s: float = 60.0
    far_distance_km: float = 600.0
    far_distance_magnitude: float = 3.5  # at and above which the whole far distance is allowed
    far_magnitude: float = 0.8
    far_alone_factor: float = 1.5
    far_runner_up: float = 4.0
    doubtful_factor: float = 1.25  # pairs this much outside the limits are listed for a person to decide


class Rules(Struct, frozen=True, kw_only=True):
    """Everything that decides which reports are one event."""

    profile: Profile = "default"
    earthquake: Window = Window(spatial_radius_km=25, temporal_window_hours=6)
    tropical_cyclone: Window = Window(spatial_radius_km=150, temporal_window_hours=12)
    flood: Window = Window(spatial_radius_km=50, temporal_window_hours=24)
    volcano: Window = Window(spatial_radius_km=15, temporal_window_hours=48)
    drought: Window = Window(spatial_radius_km=200, temporal_window_hours=168, cross_source=False)
    wildfire: Window = Window(spatial_radius_km=30, temporal_window_hours=24)
    tsunami: Window = Window(spatial_radius_km=100, temporal_window_hours=0.25)
    identity: EarthquakeIdentity = EarthquakeIdentity()

    def window(self, event_type: EventType) -> Window | None:
        """The window of a type; None where only identity keys and operators may join two sources."""
        name = WINDOW_NAMES.get(event_type)
        return getattr(self, name) if name else None

    def with_profile(self, profile: Profile) -> Rules:
        return structs.replace(self, profile=profile)


WINDOW_NAMES = {
    EventType.EARTHQUAKE: "earthquake",
    EventType.TROPICAL_CYCLONE: "tropical_cyclone",
    EventType.FLOOD: "flood",
    EventType.VOLCANO: "volcano",
    EventType.DROUGHT: "drought",
    EventType.WILDFIRE: "wildfire",
    EventType.TSUNAMI: "tsunami",
}


def near_time_s(identity: EarthquakeIdentity, magnitude: float) -> float:
    """Time limit of the near tier, s, for the larger of two magnitudes."""
    low, high = identity.growth_magnitude, identity.growth_magnitude + 1
    if magnitude <= low:
        return identity.near_time_s
    if magnitude <= high:
        return identity.near_time_s + (magnitude - low) * (identity.large_time_s - identity.near_time_s)
    grown = identity.large_time_s + (magnitude - high) * (identity.huge_time_s - identity.large_time_s)
    return min(grown, identity.huge_time_s)


def rupture_length_km(magnitude: float) -> float:
    """
    Subsurface rupture length, km: log10 L = -2.44 + 0.59 M (Wells & Coppersmith, 1994, all slip types).
    """
    return float(10.0 ** (-2.44 + 0.59 * min(magnitude, 9.5)))


def near_distance_km(identity: EarthquakeIdentity, magnitude: float) -> float:
    """
    Distance limit of the near tier, km: hypocentre and centroid lie up to half a rupture length apart.
    """
    return identity.near_distance_km + 0.5 * rupture_length_km(magnitude)


def far_distance_km(identity: EarthquakeIdentity, magnitude: float) -> float:
    """Distance limit of the far tier, km: full at M3.5 and above, a chance-neighbour law below."""
    below = min(0.0, magnitude - identity.far_distance_magnitude)
    return float(identity.far_distance_km * 10.0 ** (0.5 * below))


EARTH_RADIUS_KM = 6371.0088  # mean radius (IUGG, R1)


def distance_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Great-circle distance, km, of two points in degrees (haversine, mean Earth radius; within 0.5 %)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    a = (
        math.sin((phi2 - phi1) / 2) ** 2
        + math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, a)))
