"""Earthquakes with a known truth: background on seismic belts, and the sequences that follow large ones.

Magnitudes follow Gutenberg & Richter (1944), aftershock times the modified Omori law (Utsu, 1961), their
number Båth's law (1965): on average one aftershock of magnitude M - 1.2 or more, so
N = 10^(b (M - 1.2 - Mc)).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import cos, radians

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from terraloom.universe.geography import BELTS, Belt

KM_PER_DEGREE = 111.19


class Seismicity(Struct, frozen=True):
    """Parameters of the catalogue; rates are per day for the whole planet."""

    b: float = 1.0
    completeness: float = 3.0  # Mc: the smallest magnitude that is made
    maximum: float = 8.2
    rate_per_day: float = 280.0  # background events of magnitude Mc or more
    p: float = 1.1
    c_days: float = 0.02
    bath: float = 1.2
    parent_magnitude: float = 5.0  # smaller ones have no sequence of their own
    duration_days: float = 60.0


class Quake(Struct, frozen=True):
    onset: datetime
    lon: float
    lat: float
    depth_km: float
    magnitude: float
    parent: int = -1  # place of its mainshock in the list; -1 = background


class Mainshock(Struct, frozen=True):
    """An earthquake that a scenario asks for, `days` after the catalogue's start."""

    days: float
    magnitude: float
    lon: float
    lat: float
    depth_km: float = 10.0


def magnitudes(rng: np.random.Generator, n: int, b: float, low: float, high: float) -> NDArray[np.float64]:
    """`n` magnitudes of the Gutenberg-Richter law with slope `b`, truncated to low..high."""
    beta = b * np.log(10)
    u = rng.random(n)
    return np.asarray(low - np.log1p(-u * (1 - np.exp(-beta * (high - low)))) / beta)


def omori_delays(
    rng: np.random.Generator, n: int, p: float, c_days: float, duration_days: float
) -> NDArray[np.float64]:
    """`n` delays in days after a mainshock, density proportional to (t + c)^-p on 0..duration."""
    start, end = c_days ** (1 - p), (c_days + duration_days) ** (1 - p)
    return np.asarray((start + rng.random(n) * (end - start)) ** (1 / (1 - p)) - c_days)


def rupture_length_km(magnitude: float) -> float:
    """Subsurface rupture length, log10 L = 0.59 M - 2.44 (Wells & Coppersmith, 1994)."""
    return float(10 ** (0.59 * magnitude - 2.44))


def catalogue(
    rng: np.random.Generator,
    start: datetime,
    days: float,
    law: Seismicity,
    scenario: tuple[Mainshock, ...] = (),
) -> list[Quake]:
    """All earthquakes of `days` days from `start`, by time; parents are given as places in this list."""
    found = list(_background(rng, start, days, law))
    found += [Quake(start + timedelta(days=s.days), s.lon, s.lat, s.depth_km, s.magnitude) for s in scenario]
    end = start + timedelta(days=days)
    n = 0
    while n < len(found):  # aftershocks are appended, and may have aftershocks
        if found[n].magnitude >= law.parent_magnitude:
            found += [q for q in _aftershocks(rng, found[n], n, law) if q.onset < end]
        n += 1
    return _in_time_order(found)


def _background(rng: np.random.Generator, start: datetime, days: float, law: Seismicity) -> Iterator[Quake]:
    n = int(rng.poisson(law.rate_per_day * days))
    sizes = magnitudes(rng, n, law.b, law.completeness, law.maximum)
    shares = np.array([belt.share for belt in BELTS])
    chosen = rng.choice(len(BELTS), n, p=shares / shares.sum())
    for when, size, belt in zip(rng.random(n) * days, sizes, chosen, strict=True):
        lon, lat = _point_on(rng, BELTS[belt])
        yield Quake(start + timedelta(days=float(when)), lon, lat, _depth(rng, BELTS[belt]), float(size))


def _point_on(rng: np.random.Generator, belt: Belt) -> tuple[float, float]:
    points = np.array(belt.points)
    lengths = np.hypot(*np.diff(points, axis=0).T)
    leg = int(rng.choice(len(lengths), p=lengths / lengths.sum()))
    lon, lat = points[leg] + rng.random() * (points[leg + 1] - points[leg])
    return moved(lon, lat, *(rng.standard_normal(2) * belt.spread_km))


def _depth(rng: np.random.Generator, belt: Belt) -> float:
    return float(min(2.0 + rng.exponential(belt.depth_km), belt.depth_max_km))


def _aftershocks(rng: np.random.Generator, main: Quake, place: int, law: Seismicity) -> Iterator[Quake]:
    n = int(rng.poisson(10 ** (law.b * (main.magnitude - law.bath - law.completeness))))
    length = rupture_length_km(main.magnitude)
    strike = rng.random() * np.pi
    along, across = rng.standard_normal((2, n)) * np.array([[0.5 * length], [0.15 * length]])
    sizes = magnitudes(rng, n, law.b, law.completeness, main.magnitude)
    delays = omori_delays(rng, n, law.p, law.c_days, law.duration_days)
    for u, v, size, delay in zip(along, across, sizes, delays, strict=True):
        east, north = u * np.sin(strike) + v * np.cos(strike), u * np.cos(strike) - v * np.sin(strike)
        lon, lat = moved(main.lon, main.lat, east, north)
        depth = float(np.clip(main.depth_km + rng.standard_normal() * 5, 1, 690))
        yield Quake(main.onset + timedelta(days=float(delay)), lon, lat, depth, float(size), place)


def moved(lon: float, lat: float, east_km: float, north_km: float) -> tuple[float, float]:
    """A point moved by kilometres, longitude wrapped to -180..180, latitude kept off the poles."""
    north = min(max(lat + north_km / KM_PER_DEGREE, -89.0), 89.0)
    east = lon + east_km / (KM_PER_DEGREE * cos(radians(north)))
    return float((east + 180) % 360 - 180), float(north)


def _in_time_order(found: list[Quake]) -> list[Quake]:
    order = sorted(range(len(found)), key=lambda n: (found[n].onset, n))
    place = {old: new for new, old in enumerate(order)}
    moved_parents = (found[n] for n in order)
    return [
        Quake(q.onset, q.lon, q.lat, q.depth_km, q.magnitude, place.get(q.parent, -1)) for q in moved_parents
    ]
