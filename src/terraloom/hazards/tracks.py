"""Moving hazards: where a storm was, and how far apart two agencies' tracks run."""

from __future__ import annotations

from bisect import bisect_left, insort
from statistics import median

from msgspec import Struct

from terraloom.hazards.rules import distance_km

Fix = tuple[float, float, float]
"""time (s since 1970), lon, lat (degrees)."""


class Track:
    """Fixes of one storm by one agency, in time order; a fix of the same time replaces the earlier one."""

    __slots__ = ("fixes",)

    def __init__(self) -> None:
        self.fixes: list[Fix] = []

    def add(self, at: float, lon: float, lat: float) -> None:
        n = bisect_left(self.fixes, (at,))
        if n < len(self.fixes) and self.fixes[n][0] == at:
            self.fixes[n] = (at, lon, lat)
        else:
            insort(self.fixes, (at, lon, lat))

    def position(self, at: float) -> Fix:
        """
        Where the storm was at `at`, linear between fixes; beyond the ends, the end fix (with its own time).

        Longitudes are unwrapped, so that a leg across the antimeridian is short. The track must not be empty.
        """
        n = bisect_left(self.fixes, (at,))
        if n < len(self.fixes) and self.fixes[n][0] == at:
            return self.fixes[n]
        if n == 0:
            return self.fixes[0]
        if n == len(self.fixes):
            return self.fixes[-1]
        (t0, lon0, lat0), (t1, lon1, lat1) = self.fixes[n - 1], self.fixes[n]
        part = (at - t0) / (t1 - t0)
        dlon = (lon1 - lon0 + 180) % 360 - 180
        return at, (lon0 + part * dlon + 180) % 360 - 180, lat0 + part * (lat1 - lat0)


class Separation(Struct, frozen=True):
    """How far apart two tracks run: the middle and the nearest of all their distances."""

    median_km: float
    nearest_km: float
    dt_s: float  # time between the fixes compared where the tracks do not overlap; else 0


def separation(a: Track, b: Track, within_s: float) -> Separation | None:
    """
    Compare two tracks at every fix of either that the other has a position for within `within_s`.

    Symmetric in `a` and `b`. None when they have no time in common.
    """
    both = [_apart(fix, b) for fix in a.fixes] + [_apart(fix, a) for fix in b.fixes]
    apart = [(dt, km) for dt, km in both if dt <= within_s]
    if not apart:
        return None
    least_dt = min(dt for dt, _ in apart)
    kms = [km for dt, km in apart if dt == least_dt]  # where they overlap (dt 0), only there
    return Separation(median(kms), min(kms), least_dt)


def _apart(fix: Fix, other: Track) -> tuple[float, float]:
    """(seconds, km) from a fix to the other track's position nearest in time."""
    at, lon, lat = fix
    there, olon, olat = other.position(at)
    return abs(there - at), distance_km(lon, lat, olon, olat)
