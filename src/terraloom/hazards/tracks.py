"""Moving hazards: where a storm was, and how far apart two agencies' tracks run."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from terraloom.hazards.rules import EARTH_RADIUS_KM, distance_km

Floats = NDArray[np.float64]
Vector = tuple[float, ...]


class Track:
    """Fixes of one storm by one agency, in time order; a fix of the same time replaces the earlier one."""

    __slots__ = ("_arrays", "_cap", "_times", "first", "fixes", "last")

    def __init__(self) -> None:
        self.fixes: dict[float, tuple[float, float]] = {}  # time (s since 1970) -> lon, lat (degrees)
        self.first, self.last = math.inf, -math.inf  # s since 1970
        self._times: list[float] = []
        self._arrays: tuple[Floats, Floats] | None = None
        self._cap: tuple[Vector, float] | None = None

    def add(self, at: float, lon: float, lat: float) -> None:
        if at not in self.fixes:
            insort(self._times, at)
        self.fixes[at] = (lon, lat)
        self.first, self.last = self._times[0], self._times[-1]
        self._arrays = None
        if self._cap is not None:  # still round the same centre: it only has to hold the track
            centre, radius = self._cap
            self._cap = centre, max(radius, _angle(centre, _vector(lon, lat)))

    def arrays(self) -> tuple[Floats, Floats]:
        """Times, shape (n,), and unit vectors, shape (n, 3), in time order."""
        if self._arrays is None:
            vectors = [_vector(*self.fixes[t]) for t in self._times]
            self._arrays = np.array(self._times), np.array(vectors)
        return self._arrays

    def cap(self) -> tuple[Vector, float]:
        """A circle on the Earth that holds the whole track: its centre (unit vector) and radius, radians."""
        if self._cap is None:
            _, vectors = self.arrays()
            centre = vectors.sum(axis=0)
            middle: Vector = tuple((centre / np.linalg.norm(centre)).tolist())
            self._cap = middle, max(_angle(middle, v) for v in vectors.tolist())
        return self._cap

    def between(self, start: float, end: float) -> slice:
        """Which of the fixes lie in a span of time, ends included."""
        return slice(bisect_left(self._times, start), bisect_right(self._times, end))

    def at(self, times: Floats) -> Floats:
        """
        Positions at `times`, shape (n,), none outside the track: unit vectors, shape (n, 3), along the chord
        between fixes, so that neither the antimeridian nor a pole is special.
        """
        own, vectors = self.arrays()
        after = np.minimum(np.searchsorted(own, times), len(own) - 1)
        before = np.maximum(after - 1, 0)
        span = own[after] - own[before]
        part = np.divide(times - own[before], span, out=np.ones_like(times), where=span > 0)
        places: Floats = vectors[before] + part[:, None] * (vectors[after] - vectors[before])
        places /= np.sqrt((places * places).sum(axis=1, keepdims=True))
        return places


def _vector(lon: float, lat: float) -> Vector:
    """Unit vector of a place in degrees."""
    lam, phi = math.radians(lon), math.radians(lat)
    return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)


def _angle(a: Sequence[float], b: Sequence[float]) -> float:
    """Angle between two unit vectors, radians."""
    return math.acos(min(1.0, max(-1.0, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])))


class Separation(Struct, frozen=True):
    """How far apart two tracks run: the middle and the nearest of all their distances."""

    median_km: float
    nearest_km: float
    dt_s: float  # time between the fixes compared where the tracks do not overlap; else 0


def separation(a: Track, b: Track, within_s: float, within_km: float) -> Separation | None:
    """
    Compare two tracks at every fix of either within the time that they share; where they share none, the
    end of the earlier with the start of the later one.

    Symmetric in `a` and `b`. None when they are more than `within_s` apart in time, or certainly never come
    within `within_km`.
    """
    start, end = max(a.first, b.first), min(a.last, b.last)
    if start - end > within_s or _caps_apart_km(a, b) > within_km + MARGIN_KM:
        return None
    if start > end:
        earlier, later = (a, b) if a.last < b.last else (b, a)
        km = distance_km(*earlier.fixes[earlier.last], *later.fixes[later.first])
        return Separation(km, km, start - end)
    km_at = np.sort(np.concatenate((_apart_km(a, b, start, end), _apart_km(b, a, start, end))))
    middle = len(km_at) // 2
    median = km_at[middle] if len(km_at) % 2 else (km_at[middle - 1] + km_at[middle]) / 2
    return Separation(float(median), float(km_at[0]), 0.0)


MARGIN_KM = 0.001  # for rounding, so that a circle drawn anew never decides otherwise


def _caps_apart_km(a: Track, b: Track) -> float:
    """Distance that the circles around two tracks leave between them, km: a cheap lower bound."""
    (centre_a, radius_a), (centre_b, radius_b) = a.cap(), b.cap()
    return EARTH_RADIUS_KM * (_angle(centre_a, centre_b) - radius_a - radius_b)


def _apart_km(a: Track, b: Track, start: float, end: float) -> Floats:
    """Distances, km, from each fix of `a` in a span that both tracks cover to where `b` was then."""
    times, vectors = a.arrays()
    shared = a.between(start, end)
    gap = vectors[shared] - b.at(times[shared])
    chord = np.sqrt((gap * gap).sum(axis=1))
    km: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1.0))
    return km
