"""
Shaking and its toll: an intensity prediction equation, people per intensity, expected fatalities.

Everything here is a pure function of arrays; `hazards/earthquakes.py` puts it together for an event.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]

BANDS = ("V", "VI", "VII", "VIII", "IX+")
BAND_EDGES = (4.5, 5.5, 6.5, 7.5, 8.5, np.inf)  # band VI holds 5.5 <= MMI < 6.5, as PAGER counts
MAX_MMI = 10.0


def mmi(magnitude: ArrayLike, hypocentral_km: ArrayLike) -> Floats:
    """
    Modified Mercalli intensity in active crust (Allen, Wald & Worden, 2012).

    ``I = c0 + c1 M + c2 ln sqrt(R² + Rm²) + c4 ln(R / 50)`` (last term only for R > 50 km), with
    ``Rm = m1 + m2 exp(M - 5)``: their equation for hypocentral distance, without site term.

    Fitted to Mw 5.0–7.9 within 300 km in active shallow crust. Outside that (smaller and greater magnitudes,
    subduction and deep sources) it is an extrapolation, which `hazards/earthquakes.py` says in its result.

    Parameters
    ----------
    magnitude : array
        Moment magnitude.
    hypocentral_km : array, broadcast against `magnitude`
        Distance from the hypocentre, km, positive.

    Returns
    -------
    array
        MMI, 1 to 10 (cut there; the equation itself has no bounds).

    References
    ----------
    Allen, T. I., Wald, D. J. & Worden, C. B. (2012). Intensity attenuation for active crustal regions.
    Journal of Seismology 16, 409–433. doi:10.1007/s10950-012-9278-7
    """
    m, r = np.asarray(magnitude, float), np.asarray(hypocentral_km, float)
    near = -0.209 + 2.042 * np.exp(m - 5.0)
    intensity = 2.085 + 1.428 * m - 1.402 * np.log(np.hypot(r, near))
    intensity += 0.078 * np.log(np.maximum(r, 50.0) / 50.0)
    bounded: Floats = np.clip(intensity, 1.0, MAX_MMI)
    return bounded


def mmi_sigma(hypocentral_km: ArrayLike) -> Floats:
    """Total standard deviation of `mmi`: ``0.82 + 0.37 / (1 + (R / 22.9)²)`` (Allen et al., 2012)."""
    sigma: Floats = 0.82 + 0.37 / (1.0 + (np.asarray(hypocentral_km, float) / 22.9) ** 2)
    return sigma


class Vulnerability(Struct, frozen=True):
    """
    PAGER's empirical fatality model of a country: rate ν(S) = Φ(ln(S / theta) / beta).

    `zeta` is the standard deviation of ln(observed / predicted) deaths: the model's own uncertainty.
    """

    theta: float
    beta: float
    zeta: float


GENERIC = Vulnerability(12.897710, 0.140544, 1.850008)
"""What PAGER gives the largest group of countries without deadly earthquakes of their own."""

_NORTH_AMERICA = Vulnerability(46.155474, 0.434135, 1.0)
_NORTHERN_EUROPE = Vulnerability(20.062103, 0.256658, 1.426022)

VULNERABILITY: dict[str, Vulnerability] = {
    "AF": Vulnerability(11.613073, 0.180683, 1.883609),
    "AT": _NORTHERN_EUROPE,
    "AU": _NORTH_AMERICA,
    "CA": _NORTH_AMERICA,
    "CH": _NORTHERN_EUROPE,
    "CL": Vulnerability(19.786773, 0.259531, 1.477989),
    "CN": Vulnerability(10.328811, 0.100058, 2.013134),
    "CO": Vulnerability(22.141132, 0.304428, 2.298419),
    "CR": Vulnerability(14.599333, 0.181115, 1.504585),
    "DE": _NORTHERN_EUROPE,
    "DZ": Vulnerability(15.662562, 0.217911, 2.165759),
    "EC": Vulnerability(11.663182, 0.143619, 1.482544),
    "ES": _NORTHERN_EUROPE,
    "FR": _NORTHERN_EUROPE,
    "GB": _NORTHERN_EUROPE,
    "GE": Vulnerability(21.474466, 0.278250, 1.0),
    "GR": Vulnerability(21.786720, 0.278829, 1.424852),
    "GT": Vulnerability(10.044988, 0.100178, 2.5),
    "ID": Vulnerability(13.248768, 0.150846, 1.714702),
    "IN": Vulnerability(10.986839, 0.128601, 1.971188),
    "IR": Vulnerability(9.318099, 0.100001, 2.5),
    "IS": _NORTHERN_EUROPE,
    "IT": Vulnerability(14.114997, 0.203523, 1.960373),
    "JP": Vulnerability(11.862534, 0.100779, 1.461126),
    "MA": Vulnerability(10.041112, 0.100264, 2.429785),
    "MX": Vulnerability(15.568715, 0.230877, 1.971990),
    "PE": Vulnerability(23.453627, 0.313527, 1.426483),
    "PH": Vulnerability(13.149031, 0.129557, 1.722278),
    "PK": Vulnerability(9.704905, 0.100000, 2.342961),
    "PR": _NORTH_AMERICA,
    "PT": Vulnerability(18.800968, 0.295599, 1.0),
    "RO": Vulnerability(17.475254, 0.239192, 2.5),
    "SV": Vulnerability(28.692466, 0.350621, 1.750748),
    "TR": Vulnerability(11.067352, 0.106337, 1.533271),
    "TW": Vulnerability(14.125703, 0.148137, 1.544252),
    "US": _NORTH_AMERICA,
    "VE": Vulnerability(9.784610, 0.100025, 1.702770),
}
"""
Coefficients by country (ISO alpha-2) as published in version 2.2 of PAGER's empirical fatality model.

Those fitted to the country's own earthquakes, and two groups of well-built countries; others use `GENERIC`.

References
----------
Jaiswal, K. & Wald, D. (2010). An empirical model for global earthquake fatality estimation. Earthquake
Spectra 26, 1017–1037. Coefficients: usgs/pager, ``losspager/data/fatality.xml``, model 2.2 (public domain).
"""


def fatality_rate(intensity: ArrayLike, theta: ArrayLike, beta: ArrayLike) -> Floats:
    """Share of the people at an MMI who die: ν(S) = Φ(ln(S / θ) / β), none below V (Jaiswal & Wald, 2010)."""
    s = np.asarray(intensity, float)
    rate: Floats = np.where(s >= BAND_EDGES[0], ndtr(np.log(s / theta) / beta), 0.0)
    return rate


def band(intensity: Floats) -> NDArray[np.intp]:
    """Number of the band in `BANDS` that holds each intensity; -1 below V."""
    return np.searchsorted(BAND_EDGES, intensity, side="right") - 1


FATALITY_THRESHOLDS = (1.0, 100.0, 1000.0)
"""Deaths from which an alert is yellow, orange, red: the Earthquake Impact Scale (Wald et al., 2011,
Earthquake impact scale, Natural Hazards Review 12, 125–139)."""


def alert_probabilities(deaths: Floats, zeta: ArrayLike) -> Floats:
    """
    Chance of green, yellow, orange and red where `deaths` are expected; on a new last axis, adding up to 1.

    Deaths are lognormal about the estimate with standard deviation `zeta`: P(d > a) = Φ(ln(deaths / a) / ζ)
    (Jaiswal & Wald, 2010).
    """
    expected = np.log(np.maximum(deaths, 1e-9))[..., None]
    exceeds = ndtr((expected - np.log(FATALITY_THRESHOLDS)) / np.asarray(zeta, float)[..., None])
    ends = np.ones((*deaths.shape, 1))
    reached = np.concatenate([ends, exceeds, 0.0 * ends], axis=-1)
    chances: Floats = reached[..., :-1] - reached[..., 1:]
    return chances
