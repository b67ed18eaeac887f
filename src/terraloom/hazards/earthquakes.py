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
from terraloom.hazards.population import Population
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
    return [
        _score(event, exposure[i], odds[i], float(deaths[i]), population.method)
        for i, event in enumerate(events)
    ]


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
    dm, dz, di, weight = deviations()
    m = magnitude[:, None] + sigma_magnitude[:, None] * dm
    z = np.maximum(depth_km[:, None] + SIGMA_DEPTH_KM * dz, 1.0)
    distance = np.hypot(RINGS_KM, z[..., None])
    shaking = intensity.mmi(m[..., None], distance) + di[:, None] * intensity.mmi_sigma(distance)
    shaking = np.clip(shaking, 1.0, intensity.MAX_MMI)
    theta, beta, zeta = vulnerability
    rate = intensity.fatality_rate(shaking, theta[..., None], beta[..., None])
    deaths = np.einsum("egr,er->eg", rate, people)
    odds = np.einsum("g,ega->ea", weight, intensity.alert_probabilities(deaths, zeta))
    exposure = np.einsum("g,egrb,er->eb", weight, intensity.share_by_band(shaking), people)
    return exposure, odds, np.expm1(np.log1p(deaths) @ weight)


def deviations() -> tuple[Floats, Floats, Floats, Floats]:
    """Grid of standard-normal deviations of magnitude, depth and intensity, with weights that add up to 1."""
    five, three = hermegauss(5), hermegauss(3)
    dm, dz, di = (a.ravel() for a in np.meshgrid(five[0], three[0], five[0], indexing="ij"))
    weight = np.einsum("i,j,k->ijk", five[1], three[1], five[1]).ravel()
    return dm, dz, di, weight / weight.sum()


def _sigma_magnitude(kind: str) -> float:
    return SIGMA_MAGNITUDE.get(kind.lower()[:2], SIGMA_MAGNITUDE_OTHER)


def _score(event: Event, exposure: Floats, odds: Floats, deaths: float, method: str) -> Score:
    alert = _median_alert(odds)
    strong = float(exposure.sum())
    bands: dict[str, float | str] = {
        f"MMI {b}": round(float(n), 1) for b, n in zip(BANDS, exposure, strict=True)
    }
    return Score(
        event_id=event.id,
        changed_seq=event.changed_seq,
        score=round(within_alert(alert, _share(alert, odds, strong)), 2),
        alert=alert,
        alert_probabilities={a.value: round(float(p), 4) for a, p in zip(ALERTS, odds, strict=True)},
        exposure={"unit": "people per MMI band", **bands, "deaths, median estimate": round(deaths, 2)},
        method=f"Allen, Wald & Worden (2012) shaking; Jaiswal & Wald (2010) fatalities; {method}",
        explanation=_explain(event, exposure, odds, alert),
    )


def _median_alert(odds: Floats) -> Severity:
    """The highest alert that the event reaches with a probability of one half or more."""
    reached = np.cumsum(odds[::-1])[::-1]
    return ALERTS[int(np.flatnonzero(reached >= 0.5 - 1e-9)[-1])]


def _share(alert: Severity, odds: Floats, strong: float) -> float:
    """How far from this alert to the next: twice the chance of exceeding it; in green also who feels it."""
    level = ALERTS.index(alert)
    if alert is Severity.RED:
        return min(max(2.0 * float(odds[level]) - 1.0, 0.0), 1.0)
    above = min(2.0 * float(odds[level + 1 :].sum()), 1.0)
    return max(above, scale(strong)) if level == 0 else above


def _explain(event: Event, exposure: Floats, odds: Floats, alert: Severity) -> str:
    """The result in plain words, with what limits it."""
    felt = [f"{count(float(n))} in MMI {b}" for b, n in zip(BANDS, exposure, strict=True) if n >= 1]
    level = ALERTS.index(alert)
    likely = (
        f"{alert.value.lower()} ({100 * odds[level]:.0f} %; higher: {100 * odds[level + 1 :].sum():.0f} %)"
    )
    text = f"Estimated people by shaking: {', '.join(felt) or 'nobody at MMI V or more'}. Alert {likely}."
    if event.depth_km is not None and event.depth_km > VALID_DEPTH_KM:
        text += (
            f" The shaking equation is for crustal depths; at {event.depth_km:.0f} km it is an extrapolation."
        )
    if exposure.any() and not VALID_MAGNITUDE[0] <= (event.magnitude or 0) <= VALID_MAGNITUDE[1]:
        text += (
            f" It was fitted to magnitudes {VALID_MAGNITUDE[0]}–{VALID_MAGNITUDE[1]}; this one lies outside."
        )
    return text
