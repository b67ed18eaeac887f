"""Severity of earthquakes: shaking by rings, people per intensity, expected deaths, alert with its odds.

The size, the depth and the intensity equation are uncertain, so every event is worked out for a fixed grid
of deviations of the three (Gauss–Hermite quadrature; nothing is random), and each grid point's deaths carry
the fatality model's own lognormal error. What is reported: people per MMI band, expected over the grid, and
the probability of each alert; the alert is the one that half of the probability reaches.

Stated limits: a point source (no rupture extent), no site amplification, active-crust attenuation
everywhere, the whole of the equation's scatter taken as common to all sites (its authors publish only the
total), which makes the odds wide rather than narrow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from terraloom.hazards import intensity
from terraloom.hazards.intensity import BANDS, GENERIC, VULNERABILITY, Floats
from terraloom.hazards.population import Indices, Population
from terraloom.hazards.severity import ALERTS, Event, Score, count, scale, within_alert
from terraloom.records import Severity

DEFAULT_DEPTH_KM = 10.0  # what agencies fix a crustal depth to when they cannot resolve it
RADII_KM = np.array(
    [2, 4, 6, 8, 10, 13, 16, 20, 25, 30, 36, 43, 50, 60, 72, 86, 100, 125, 150, 190, 240, 300]
)
RINGS_KM = np.sqrt((np.append(0.0, RADII_KM[:-1]) ** 2 + RADII_KM**2) / 2)  # halves each ring's area
REACHES_KM = (20.0, 50.0, 100.0, 300.0)  # events are counted together by how far they may shake
SIGMA_DEPTH_KM = 5.0
SIGMA_MAGNITUDE = {"mw": 0.1}  # by the start of the magnitude's type
SIGMA_MAGNITUDE_OTHER = 0.3
LONGEST_SIGMAS = 2.5
VALID_MAGNITUDE = (5.0, 7.9)
VALID_DEPTH_KM = 70.0
CHUNK = 500  # events at once: bounds memory

# Grid of standard-normal deviations: five of magnitude, three of depth, five of intensity, with weights that
# add up to 1; its points are counted in this order.
FIVE, THREE = hermegauss(5)[0], hermegauss(3)[0]
WEIGHTS = np.einsum("i,j,k->ijk", hermegauss(5)[1], hermegauss(3)[1], hermegauss(5)[1])
WEIGHTS /= WEIGHTS.sum()


def score_earthquakes(events: Sequence[Event], population: Population) -> list[Score]:
    """Scores of earthquakes that have a place and a magnitude, in their order."""
    scores: list[Score] = []
    for start in range(0, len(events), CHUNK):
        scores += _score_chunk(events[start : start + CHUNK], population)
    return scores


def _score_chunk(events: Sequence[Event], population: Population) -> list[Score]:
    magnitude = np.array([e.magnitude for e in events], dtype=float)
    depth = np.array([DEFAULT_DEPTH_KM if e.depth_km is None else max(e.depth_km, 0.0) for e in events])
    sigma = np.array([_sigma_magnitude(e.magnitude_type) for e in events])
    people = people_by_ring(events, magnitude, depth, sigma, population)
    felt = np.flatnonzero(people.any(axis=1))
    country = [VULNERABILITY.get(events[i].country, GENERIC) for i in felt.tolist()]
    theta, beta, zeta = (np.array([[getattr(c, k)] for c in country]) for k in ("theta", "beta", "zeta"))
    exposure, odds, deaths = (
        np.zeros((len(events), len(BANDS))),
        np.zeros((len(events), 4)),
        np.zeros(len(events)),
    )
    odds[:, 0] = 1.0
    if len(felt):
        exposure[felt], odds[felt], deaths[felt] = expected(
            magnitude[felt], depth[felt], sigma[felt], people[felt], (theta, beta, zeta)
        )
    method = f"Allen, Wald & Worden (2012) shaking; Jaiswal & Wald (2010) fatalities; {population.method}"
    rows = zip(events, exposure.tolist(), odds.tolist(), deaths.tolist(), strict=True)
    return [_score(*row, method) for row in rows]


def people_by_ring(
    events: Sequence[Event], magnitude: Floats, depth: Floats, sigma: Floats, population: Population
) -> Floats:
    """People in each ring around the epicentres; zero beyond where even an extreme shaking is below MMI V."""
    lon, lat = np.array([e.lon for e in events], float), np.array([e.lat for e in events], float)
    people = np.zeros((len(events), len(RADII_KM)))
    strongest = intensity.mmi(
        (magnitude + LONGEST_SIGMAS * sigma)[:, None],
        np.hypot(RADII_KM, np.maximum(depth - SIGMA_DEPTH_KM, 1)[:, None]),
    ) + LONGEST_SIGMAS * intensity.mmi_sigma(RADII_KM)
    shaken = strongest >= intensity.BAND_EDGES[0]
    reach = np.where(shaken.any(axis=1), RADII_KM[-1 - np.argmax(shaken[:, ::-1], axis=1)], 0)
    nearer = 0.0
    for farthest in REACHES_KM:
        mine = np.flatnonzero((reach > nearer) & (reach <= farthest))
        radii = RADII_KM[: np.searchsorted(RADII_KM, farthest, side="right")]
        if len(mine):
            inside = population.within(lon[mine], lat[mine], radii.tolist())
            people[mine, : len(radii)] = np.diff(inside, axis=1, prepend=0.0)
        nearer = farthest
    return people


def expected(
    magnitude: Floats,
    depth_km: Floats,
    sigma_magnitude: Floats,
    people: Floats,
    vulnerability: tuple[Floats, Floats, Floats],
) -> tuple[Floats, Floats, Floats]:
    """
    People per band, alert probabilities and median deaths, over the grid of deviations.

    Parameters
    ----------
    magnitude, depth_km, sigma_magnitude : arrays (events,)
    people : array (events, rings)
    vulnerability : theta, beta, zeta, each (events, 1)

    Returns
    -------
    exposure (events, 5), probabilities (events, 4), deaths (events,)
        Exposure is the expected number of people in MMI V, VI, VII, VIII, IX+; deaths the geometric mean.
    """
    weight = WEIGHTS.ravel()
    event, ring = np.nonzero(people)  # only rings that are lived in are worked out
    shaking = shaking_in(ring, magnitude[event], depth_km[event], sigma_magnitude[event])
    lived = people[event, ring]
    theta, beta, zeta = vulnerability
    cell, point = np.nonzero(shaking >= intensity.BAND_EDGES[0])
    felt, whose = shaking[cell, point], event[cell]
    share = intensity.fatality_rate(felt, theta[whose, 0], beta[whose, 0])
    shape = len(magnitude), len(weight)
    deaths = _summed(whose * shape[1] + point, share * lived[cell], shape)
    odds = np.einsum("g,ega->ea", weight, intensity.alert_probabilities(deaths, zeta))
    bands = len(magnitude), len(BANDS)
    exposure = _summed(whose * bands[1] + intensity.band(felt), weight[point] * lived[cell], bands)
    return exposure, odds, np.expm1(np.log1p(deaths) @ weight)


def shaking_in(ring: Indices, magnitude: Floats, depth_km: Floats, sigma_magnitude: Floats) -> Floats:
    """MMI of each (event's) ring, shape (n,), at every grid point of deviations; shape (n, grid)."""
    m = magnitude[:, None] + sigma_magnitude[:, None] * FIVE
    z = np.maximum(depth_km[:, None] + SIGMA_DEPTH_KM * THREE, 1.0)
    distance = np.hypot(RINGS_KM[ring][:, None], z)
    median = intensity.mmi(m[:, :, None], distance[:, None, :])
    scatter = intensity.mmi_sigma(distance)[:, None, :, None] * FIVE
    return np.clip((median[..., None] + scatter).reshape(len(ring), -1), 1.0, intensity.MAX_MMI)


def _summed(where: Indices, values: Floats, shape: tuple[int, int]) -> Floats:
    """Sums of the values with the same flat index into an array of this shape."""
    flat = np.bincount(where, weights=values, minlength=shape[0] * shape[1])
    return flat.astype(float, copy=False).reshape(shape)


def _sigma_magnitude(kind: str) -> float:
    return SIGMA_MAGNITUDE.get(kind.lower()[:2], SIGMA_MAGNITUDE_OTHER)


def _score(event: Event, exposure: list[float], odds: list[float], deaths: float, method: str) -> Score:
    alert = _median_alert(odds)
    bands: dict[str, float | str] = {f"MMI {b}": round(n, 1) for b, n in zip(BANDS, exposure, strict=True)}
    return Score(
        event_id=event.id,
        changed_seq=event.changed_seq,
        score=round(within_alert(alert, _share(alert, odds, sum(exposure))), 2),
        alert=alert,
        alert_probabilities={a.value: round(p, 4) for a, p in zip(ALERTS, odds, strict=True)},
        exposure={"unit": "people per MMI band", **bands, "deaths, median estimate": round(deaths, 2)},
        method=method,
        explanation=_explain(event, exposure, odds, alert),
    )


def _median_alert(odds: list[float]) -> Severity:
    """The highest alert that the event reaches with a probability of one half or more."""
    return next(
        (ALERTS[n] for n in range(len(ALERTS) - 1, 0, -1) if sum(odds[n:]) >= 0.5 - 1e-9), Severity.GREEN
    )


def _share(alert: Severity, odds: list[float], strong: float) -> float:
    """How far from this alert to the next: twice the chance of exceeding it; in green also who feels it."""
    level = ALERTS.index(alert)
    if alert is Severity.RED:
        return min(max(2.0 * odds[level] - 1.0, 0.0), 1.0)
    above = min(2.0 * sum(odds[level + 1 :]), 1.0)
    return max(above, scale(strong)) if level == 0 else above


def _explain(event: Event, exposure: list[float], odds: list[float], alert: Severity) -> str:
    """The result in plain words, with what limits it."""
    felt = [f"{count(n)} in MMI {b}" for b, n in zip(BANDS, exposure, strict=True) if n >= 1]
    level = ALERTS.index(alert)
    likely = (
        f"{alert.value.lower()} ({100 * odds[level]:.0f} %; higher: {100 * sum(odds[level + 1 :]):.0f} %)"
    )
    text = f"Estimated people by shaking: {', '.join(felt) or 'nobody at MMI V or more'}. Alert {likely}."
    if event.depth_km is not None and event.depth_km > VALID_DEPTH_KM:
        text += (
            f" The shaking equation is for crustal depths; at {event.depth_km:.0f} km it is an extrapolation."
        )
    if any(exposure) and not VALID_MAGNITUDE[0] <= (event.magnitude or 0) <= VALID_MAGNITUDE[1]:
        text += (
            f" It was fitted to magnitudes {VALID_MAGNITUDE[0]}–{VALID_MAGNITUDE[1]}; this one lies outside."
        )
    return text
