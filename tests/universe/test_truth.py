"""The truth follows the laws that it says it follows, and repeats itself."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from planets import NOW, START, planet

from terraloom.records import EventType
from terraloom.universe.planet import Planet
from terraloom.universe.seismicity import Mainshock, Seismicity, catalogue, magnitudes, omori_delays
from terraloom.universe.truth import make_truth


def test_the_same_seed_gives_the_same_truth_and_another_seed_another():
    first, again, other = (make_truth(seed, START, 3) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_the_same_seed_gives_the_same_bytes():
    target = "/earthquakes/feed/v1.0/summary/all_day.geojson"
    bodies = {Planet(5, START, 4).body("earthquake.usgs.gov", target, NOW) for _ in range(2)}
    assert len(bodies) == 1


def test_magnitudes_have_the_stated_b_value():
    """Aki (1965): b = log10(e) / (mean - Mc); its standard error is b / sqrt(n)."""
    found = magnitudes(np.random.default_rng(1), 20_000, b=1.0, low=3.0, high=9.0)
    assert np.log10(np.e) / (found.mean() - 3.0) == pytest.approx(1.0, abs=4 / np.sqrt(20_000))
    assert found.min() >= 3.0


@pytest.mark.parametrize("p", [0.9, 1.1, 1.3])
def test_aftershocks_decay_with_the_stated_omori_exponent(p):
    """The rate between two late epochs falls as t^-p where t is far beyond c."""
    delays = omori_delays(np.random.default_rng(2), 200_000, p=p, c_days=0.01, duration_days=60)
    edges = np.geomspace(0.2, 50, 12)
    rate = np.histogram(delays, edges)[0] / np.diff(edges)
    slope = np.polyfit(np.log(np.sqrt(edges[1:] * edges[:-1])), np.log(rate), 1)[0]
    assert -slope == pytest.approx(p, abs=0.06)


def test_the_largest_aftershock_follows_baths_law():
    """On average one aftershock within 1.2 of the mainshock's magnitude."""
    law = Seismicity(rate_per_day=0.0, completeness=4.5, parent_magnitude=6.9)
    main = Mainshock(days=0.0, magnitude=7.0, lon=38.0, lat=38.0)
    counts = [
        sum(q.magnitude >= 5.8 for q in catalogue(np.random.default_rng(n), START, 60, law, (main,))) - 1
        for n in range(300)
    ]
    assert np.mean(counts) == pytest.approx(1.0, abs=0.25)


def test_aftershocks_come_after_their_mainshock_and_near_it():
    quakes = {q.id: q for q in planet().truth.of(EventType.EARTHQUAKE)}
    children = [q for q in quakes.values() if q.parent]
    assert len(children) > 100
    assert all(q.onset >= quakes[q.parent].onset for q in children)


def test_storms_move_as_far_as_their_speed_says():
    from terraloom.universe.places import distance_km

    for hazard in planet(days=5).truth.of(EventType.TROPICAL_CYCLONE):
        assert hazard.cyclone is not None
        track = hazard.cyclone.track
        for a, b in pairwise(track):
            km = distance_km(a.lon, a.lat, b.lon, b.lat)
            assert km == pytest.approx(b.speed_kt * 1.852 * 3, rel=0.02)
            assert b.at - a.at == timedelta(hours=3)


def test_ids_of_hazards_are_unique_and_positions_on_earth():
    hazards = planet().truth.hazards
    assert len({h.id for h in hazards}) == len(hazards)
    assert all(-180 <= h.lon <= 180 and -90 <= h.lat <= 90 for h in hazards)
