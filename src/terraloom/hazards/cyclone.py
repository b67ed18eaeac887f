"""Severity of tropical cyclones: people inside the 34, 50 and 64 kt winds, and the storm's category.

Where the agency states wind radii by quadrant they are used as they are (the greatest extent of that wind
in the quadrant). Where it states only the maximum wind, a parametric wind field gives symmetric radii.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from terraloom.hazards.population import Population
from terraloom.hazards.severity import Event, Score, certain, count, highest, scale, within_alert
from terraloom.records import Severity

KM_PER_NAUTICAL_MILE = 1.852
MS_PER_KNOT = 0.514444
THRESHOLDS_KT = (34, 50, 64)
QUADRANTS = ("ne", "se", "sw", "nw")
KNOTS = {"[kn_i]": 1.0, "km/h": 1 / 1.852, "m/s": 1 / MS_PER_KNOT, "[mi_i]/h": 1.609344 / 1.852}
"""Knots in one of each UCUM unit in which feeds state wind."""
CATEGORY_KT = (64.0, 83.0, 96.0, 113.0, 137.0)  # lower bounds of Saffir–Simpson 1 to 5
SURFACE_RADIUS_LIMIT_KM = 1000.0
MANY, VERY_MANY = 1e5, 1e6  # people inside a wind for which the alert rises


def category(wind_kt: float) -> int:
    """Saffir–Simpson category of a one-minute wind, 0 below hurricane force."""
    return sum(wind_kt >= bound for bound in CATEGORY_KT)


def radius_of_maximum_wind_km(wind_ms: float, lat: float) -> float:
    """``46.4 exp(-0.0155 Vmax + 0.0169 |φ|)`` km (Willoughby et al., 2006, Mon. Wea. Rev. 134, eq. 7a)."""
    return float(46.4 * np.exp(-0.0155 * wind_ms + 0.0169 * abs(lat)))


def holland_wind(radius_km: NDArray[np.float64], wind_ms: float, lat: float) -> NDArray[np.float64]:
    """
    Wind at a distance from the centre, m/s, after Holland (1980, Mon. Wea. Rev. 108).

    ``V = Vmax sqrt((Rm / r)^B exp(1 - (Rm / r)^B))``, with
    ``B = 1.0036 + 0.0173 Vmax - 0.0313 ln Rm + 0.0087 |φ|`` (Willoughby & Rahn, 2004, Mon. Wea. Rev. 132),
    kept within 1 to 2.5. The cyclostrophic form: no Coriolis term, no motion, no land.
    """
    rm = radius_of_maximum_wind_km(wind_ms, lat)
    b = np.clip(1.0036 + 0.0173 * wind_ms - 0.0313 * np.log(rm) + 0.0087 * abs(lat), 1.0, 2.5)
    x = (rm / radius_km) ** b
    wind: NDArray[np.float64] = wind_ms * np.sqrt(x * np.exp(1.0 - x))
    return wind


def modelled_radius_km(threshold_kt: float, wind_kt: float, lat: float) -> float:
    """The greatest distance, km, at which the parametric wind reaches a threshold; 0 where it never does."""
    if wind_kt < threshold_kt:
        return 0.0
    radii = np.geomspace(1.0, SURFACE_RADIUS_LIMIT_KM, 600)
    strong = np.flatnonzero(holland_wind(radii, wind_kt * MS_PER_KNOT, lat) >= threshold_kt * MS_PER_KNOT)
    return float(radii[strong[-1]]) if len(strong) else radius_of_maximum_wind_km(wind_kt * MS_PER_KNOT, lat)


def wind_radii_km(event: Event) -> tuple[dict[int, list[float]], str]:
    """Radius per quadrant (NE, SE, SW, NW), km, for each wind, and where they come from."""
    wind = maximum_wind_kt(event) or 0.0
    stated = {t: _stated(event, t) if t <= wind or not wind else [0.0] * 4 for t in THRESHOLDS_KT}
    if any(any(radii) for radii in stated.values()):
        return stated, "wind radii as reported"
    lat = event.lat or 0.0
    return {t: [modelled_radius_km(t, wind, lat)] * 4 for t in THRESHOLDS_KT}, (
        "Holland (1980) wind field with Willoughby & Rahn (2004, 2006) size and shape"
    )


def maximum_wind_kt(event: Event) -> float | None:
    """The storm's maximum sustained wind, knots."""
    return event.measurements.get("max_wind_kt")


def knots(value: float, unit: str) -> float | None:
    """A wind in knots; None for a unit that is none of wind."""
    return value * KNOTS[unit] if unit in KNOTS else None


def _stated(event: Event, threshold_kt: int) -> list[float]:
    miles = (event.measurements.get(f"wind_radius_{threshold_kt}kt_{q}", 0.0) for q in QUADRANTS)
    return [m * KM_PER_NAUTICAL_MILE for m in miles]


def people_in_winds(event: Event, radii: dict[int, list[float]], population: Population) -> dict[int, float]:
    """
    People inside each wind: the mean of the four quadrants' circles.

    Population sources count circles; where people crowd into one quadrant this is an estimate.
    """
    flat = [r for t in THRESHOLDS_KT for r in radii[t]]
    if event.lon is None or event.lat is None or not any(flat):
        return dict.fromkeys(THRESHOLDS_KT, 0.0)
    wanted = sorted({r for r in flat if r > 0})
    inside = dict(zip(wanted, population.within([event.lon], [event.lat], wanted)[0].tolist(), strict=True))
    return {t: sum(inside.get(r, 0.0) for r in radii[t]) / len(QUADRANTS) for t in THRESHOLDS_KT}


def alert_of(wind_kt: float, people: dict[int, float]) -> Severity:
    """
    The rule by people inside the winds, and the storm's category.

    Red: category 3+ with 100,000 people, or any hurricane with a million, in hurricane-force wind. Orange:
    anybody in hurricane-force wind, or a million in storm-force. Yellow: 100,000 in gale-force wind.
    """
    if (category(wind_kt) >= 3 and people[64] >= MANY) or people[64] >= VERY_MANY:
        return Severity.RED
    if people[64] >= 1 or people[50] >= VERY_MANY:
        return Severity.ORANGE
    return Severity.YELLOW if people[34] >= MANY else Severity.GREEN


def score_cyclone(event: Event, population: Population) -> Score:
    """The score of one storm at its latest position."""
    wind = maximum_wind_kt(event) or 0.0
    radii, origin = wind_radii_km(event)
    people = people_in_winds(event, radii, population)
    alert = highest(alert_of(wind, people), event.severity_level)
    share = min((scale(people[34]) + category(wind) / 5.0) / 2.0, 1.0)
    reported = f" A source reports {event.severity_level.value.lower()}." if event.severity_level else ""
    return Score(
        event_id=event.id,
        changed_seq=event.changed_seq,
        score=round(within_alert(alert, share), 2),
        alert=alert,
        alert_probabilities=certain(alert),
        exposure={"unit": "people inside the wind", **{f"{t} kt": round(n, 1) for t, n in people.items()}},
        method=f"{origin}; {population.method}",
        explanation=f"Maximum wind {wind:.0f} kt (category {category(wind)}): {count(people[34])} within"
        f" gale-force and {count(people[64])} within hurricane-force wind at its latest position.{reported}",
    )
