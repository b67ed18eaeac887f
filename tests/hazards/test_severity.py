"""Severity: published values of the equations, and what must hold for any event."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from terraloom.hazards import cyclone, intensity
from terraloom.hazards.population import Floats, gazetteer
from terraloom.hazards.scoring import score_many
from terraloom.hazards.severity import ALERTS, Event, Score
from terraloom.records import EventType, Severity


class Even:
    """People spread evenly over a flat Earth: counts are known in closed form."""

    method = "evenly spread"

    def __init__(self, per_km2: float) -> None:
        self.per_km2 = per_km2

    def within(self, lon: ArrayLike, lat: ArrayLike, radii_km: Sequence[float]) -> Floats:
        circles = np.pi * np.asarray(radii_km, float) ** 2 * self.per_km2
        return np.tile(circles, (len(np.atleast_1d(np.asarray(lon))), 1))


def event(kind: str = "EQ", **fields: object) -> Event:
    return Event(
        **{"id": UUID(int=1), "changed_seq": 1, "event_type": kind, "lon": 10.0, "lat": 40.0, **fields}
    )  # type: ignore[arg-type]


def scored(an_event: Event, per_km2: float = 100.0) -> Score:
    (score,) = score_many([an_event], Even(per_km2))
    return score


@pytest.mark.parametrize(
    ("magnitude", "distance_km", "expected"),
    [
        (5.0, 10.0, 5.9736),
        (6.0, 1.0, 8.2797),
        (6.0, 100.0, 4.2486),
        (7.0, 50.0, 6.5369),
        (7.0, 300.0, 4.2223),
    ],
)
def test_shaking_is_what_an_independent_implementation_gives(
    magnitude: float, distance_km: float, expected: float
) -> None:
    # Values of the verification tables of OpenQuake's AllenEtAl2012Rhypo, made with the authors' Matlab code.
    assert intensity.mmi(magnitude, distance_km) == pytest.approx(expected, abs=1e-4)


def test_scatter_of_shaking_shrinks_with_distance_as_published() -> None:
    np.testing.assert_allclose(intensity.mmi_sigma([0.0, 22.9, 1e6]), [1.19, 1.005, 0.82], atol=1e-6)


def test_deaths_follow_the_published_rate() -> None:
    # Φ(0) = 1/2 at S = θ; one β above θ on the logarithm gives Φ(1).
    rate = intensity.fatality_rate([4.0, 8.0, 8.0 * np.exp(0.2)], 8.0, 0.2)
    np.testing.assert_allclose(rate, [0.0, 0.5, 0.841345], atol=1e-6)


def test_half_of_the_probability_lies_above_the_expected_deaths() -> None:
    odds = intensity.alert_probabilities(np.array([100.0]), np.array([1.5]))[0]
    assert odds.sum() == pytest.approx(1.0)
    assert odds[2:].sum() == pytest.approx(0.5)


def test_pagers_own_probabilities_follow_from_its_deaths_and_its_uncertainty() -> None:
    # Event us2000h8ty, version of 2018-11: 13 deaths with G = 1.77 gave green 0.074, yellow 0.367 + 0.434.
    odds = intensity.alert_probabilities(np.array([13.0]), np.array([1.770561828]))[0]
    np.testing.assert_allclose(odds, [0.0737, 0.8017, 0.1175, 0.0071], atol=3e-3)


quakes = st.tuples(st.floats(2.0, 9.0), st.floats(0.0, 60.0), st.sampled_from(["", "US", "IR", "JP"]))


@settings(max_examples=60, deadline=None)
@given(quakes, st.floats(0.0, 3000.0), st.floats(1.0, 20.0))
def test_more_people_never_lower_the_score_of_an_earthquake(
    quake: tuple[float, float, str], per_km2: float, times: float
) -> None:
    one = event(magnitude=quake[0], depth_km=quake[1], country=quake[2])
    few, many = scored(one, per_km2), scored(one, per_km2 * times)
    assert many.score >= few.score
    assert ALERTS.index(many.alert) >= ALERTS.index(few.alert)


@settings(max_examples=60, deadline=None)
@given(quakes, st.floats(0.0, 3000.0), st.floats(0.0, 2.0))
def test_a_larger_magnitude_never_lowers_the_score(
    quake: tuple[float, float, str], per_km2: float, more: float
) -> None:
    magnitude, depth, country = quake
    smaller = scored(event(magnitude=magnitude, depth_km=depth, country=country), per_km2)
    larger = scored(event(magnitude=magnitude + more, depth_km=depth, country=country), per_km2)
    assert larger.score >= smaller.score


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([t.value for t in EventType]),
    st.floats(0.0, 3000.0),
    st.floats(1.0, 20.0),
    st.sampled_from([None, *ALERTS]),
    st.floats(10.0, 170.0),
)
def test_every_hazard_scores_within_bounds_and_grows_with_people(
    kind: str, per_km2: float, times: float, reported: Severity | None, wind_kt: float
) -> None:
    one = event(kind, severity_level=reported, measurements={"max_wind_kt": wind_kt, "vei": 2.0})
    few, many = scored(one, per_km2), scored(one, per_km2 * times)
    assert 0.0 <= few.score <= many.score <= 10.0
    assert sum(few.alert_probabilities.values()) == pytest.approx(1.0, abs=1e-3)
    assert few.explanation


@pytest.mark.parametrize("kind", [t.value for t in EventType if t is not EventType.EARTHQUAKE])
def test_a_reported_level_is_never_lowered_by_a_rule(kind: str) -> None:
    assert scored(event(kind, severity_level=Severity.RED), 0.0).alert is Severity.RED


def test_expected_exposure_adds_up_to_the_people_who_feel_it() -> None:
    score = scored(event(magnitude=6.0, depth_km=10.0), per_km2=100.0)
    bands = [score.exposure[f"MMI {band}"] for band in intensity.BANDS]
    # Median radius at which M6 at 10 km depth falls to MMI 4.5 is about 85 km; scatter widens it.
    assert 0.5 < sum(float(b) for b in bands) / (np.pi * 85**2 * 100) < 3.0
    assert bands == sorted(bands, reverse=True)


def test_events_are_scored_alike_alone_and_together() -> None:
    events = [
        event(id=UUID(int=n), magnitude=3.0 + n / 10, depth_km=5.0 + n, lon=12.0 + n / 20, lat=42.0)
        for n in range(40)
    ]
    together = score_many(events, gazetteer())
    assert together == [score_many([one], gazetteer())[0] for one in events]


def test_an_extrapolation_says_so() -> None:
    deep = scored(event(magnitude=8.3, depth_km=600.0), 5000.0)
    assert "600 km it is an extrapolation" in deep.explanation
    assert "fitted to magnitudes" in deep.explanation


def test_an_event_without_place_or_size_is_scored_by_its_report() -> None:
    nowhere = scored(event(lon=None, lat=None, severity_level=Severity.ORANGE))
    assert nowhere.alert is Severity.ORANGE
    assert "no place is stated" in nowhere.explanation


def test_reported_wind_radii_are_used_as_they_are() -> None:
    radii = {
        f"wind_radius_34kt_{q}": miles for q, miles in zip(cyclone.QUADRANTS, (100, 80, 40, 60), strict=True)
    }
    score = scored(event("TC", measurements={"max_wind_kt": 50.0, **radii}), per_km2=10.0)
    expected = 10.0 * np.pi * np.mean([(m * 1.852) ** 2 for m in (100, 80, 40, 60)])
    assert score.exposure["34 kt"] == pytest.approx(expected, rel=1e-6)
    assert "as reported" in score.method


def test_radii_of_winds_that_the_storm_no_longer_has_count_for_nothing() -> None:
    old = {f"wind_radius_64kt_{q}": 100.0 for q in cyclone.QUADRANTS}
    score = scored(event("TC", measurements={"max_wind_kt": 40.0, **old}), per_km2=10.0)
    assert score.exposure["64 kt"] == 0.0


def test_the_modelled_wind_peaks_at_its_radius_of_maximum_wind() -> None:
    rm = cyclone.radius_of_maximum_wind_km(50.0, 20.0)
    assert rm == pytest.approx(46.4 * np.exp(-0.775 + 0.338))
    winds = cyclone.holland_wind(np.array([rm / 2, rm, rm * 2]), 50.0, 20.0)
    assert winds[1] == pytest.approx(50.0)
    assert winds[0] < 50.0 > winds[2]


def test_categories_follow_saffir_simpson() -> None:
    assert [cyclone.category(kt) for kt in (63, 64, 83, 96, 113, 137)] == [0, 1, 2, 3, 4, 5]
