"""Moving hazards: where a storm was, and how far apart two agencies' tracks run."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from terraloom.hazards.rules import EARTH_RADIUS_KM

Floats = NDArray[np.float64]


class Track:
    """Fixes of one storm by one agency, in time order; a fix of the same time replaces the earlier one."""

    __slots__ = ("_arrays", "_cap", "first", "fixes", "last")

    def __init__(self) -> None:
        self.fixes: dict[float, tuple[float, float]] = {}  # time (s since 1970) -> lon, lat (degrees)
        self.first, self.last = math.inf, -math.inf  # s since 1970
        self._arrays: tuple[Floats, Floats] | None = None
        self._cap: tuple[tuple[float, ...], float] | None = None

    def add(self, at: float, lon: float, lat: float) -> None:
        self.fixes[at] = (lon, lat)
        self.first, self.last = min(self.first, at), max(self.last, at)
        self._arrays = self._cap = None

    def arrays(self) -> tuple[Floats, Floats]:
        """Times, shape (n,), and unit vectors, shape (n, 3), in time order."""
        if self._arrays is None:
            times = np.array(sorted(self.fixes))
            lonlat = np.radians(np.array([self.fixes[t] for t in times]))
            lon, lat = lonlat[:, 0], lonlat[:, 1]
            vectors = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
            self._arrays = times, vectors
        return self._arrays

    def cap(self) -> tuple[tuple[float, ...], float]:
        """A circle on the Earth that holds the whole track: its centre (unit vector) and radius, radians."""
        if self._cap is None:
            _, vectors = self.arrays()
            centre = vectors.sum(axis=0)
            centre /= np.linalg.norm(centre)
            self._cap = tuple(centre.tolist()), float(np.arccos(np.clip(vectors @ centre, -1.0, 1.0)).max())
        return self._cap

    def at(self, times: Floats) -> tuple[Floats, Floats]:
        """
        Positions at `times`, shape (n,): unit vectors (n, 3), along the chord between fixes, so that neither
        the antimeridian nor a pole is special; and by how many seconds each time lies beyond the track's
        ends, where the end fix is given.
        """
        own, vectors = self.arrays()
        inside = np.clip(times, own[0], own[-1])
        places = np.column_stack([np.interp(inside, own, vectors[:, axis]) for axis in range(3)])
        return places / np.linalg.norm(places, axis=1, keepdims=True), np.abs(times - inside)


class Separation(Struct, frozen=True):
    """How far apart two tracks run: the middle and the nearest of all their distances."""

    median_km: float
    nearest_km: float
    dt_s: float  # time between the fixes compared where the tracks do not overlap; else 0


def separation(a: Track, b: Track, within_s: float, within_km: float) -> Separation | None:
    """
    Compare two tracks at every fix of either that the other has a position for within `within_s`.

    Symmetric in `a` and `b`. None when they have no time in common, or never come within `within_km`.
    """
    if a.first - b.last > within_s or b.first - a.last > within_s or _caps_apart_km(a, b) > within_km:
        return None
    dts, kms = zip(_apart(a, b), _apart(b, a), strict=True)
    dt, km = np.concatenate(dts), np.concatenate(kms)
    least = dt.min()
    if least > within_s:
        return None
    compared = km[dt == least]  # where they overlap (dt 0), only there
    return Separation(float(np.median(compared)), float(compared.min()), float(least))


def _caps_apart_km(a: Track, b: Track) -> float:
    """Distance that the circles around two tracks leave between them, km: a cheap lower bound."""
    (centre_a, radius_a), (centre_b, radius_b) = a.cap(), b.cap()
    cosine = sum(x * y for x, y in zip(centre_a, centre_b, strict=True))
    between = math.acos(min(1.0, max(-1.0, cosine)))
    return EARTH_RADIUS_KM * (between - radius_a - radius_b)


def _apart(a: Track, b: Track) -> tuple[Floats, Floats]:
    """Seconds and km from each fix of `a` to the position of `b` nearest in time."""
    times, vectors = a.arrays()
    there, beyond = b.at(times)
    chord = np.linalg.norm(vectors - there, axis=1)
    return beyond, 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / 2, 0.0, 1.0))
