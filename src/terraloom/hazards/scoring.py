"""From stored events to severity scores: each hazard by its own scorer, the others by a stated rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from terraloom.hazards.cyclone import THRESHOLDS_KT, maximum_wind_kt, score_cyclone
from terraloom.hazards.earthquakes import score_earthquakes
from terraloom.hazards.population import Population
from terraloom.hazards.severity import (
    Event,
    Score,
    certain,
    count,
    highest,
    scale,
    within_alert,
)
from terraloom.records import EventType, Severity


class Rule(Struct, frozen=True):
    """People within `radius_km` raise a hazard from green to yellow at `yellow`, to orange at `orange`.

    The population alone never makes a hazard red: that takes a source's word (or a volcano's VEI).
    """

    radius_km: float
    yellow: float
    orange: float
    why: str


RULES: Mapping[str, Rule] = {
    EventType.FLOOD: Rule(50.0, 1e5, 5e6, "a flood's reported point stands for a district"),
    EventType.VOLCANO: Rule(30.0, 1e5, 5e6, "flows and heavy ash within 30 km (VEI 4 and less)"),
    EventType.DROUGHT: Rule(
        200.0, 2e7, 1e9, "a drought's point stands for a region; it rarely kills by itself"
    ),
    EventType.WILDFIRE: Rule(20.0, 5e4, 2e6, "fire spreads and smoke is dense within some 20 km"),
    EventType.TSUNAMI: Rule(100.0, 1e6, 2e7, "the coast nearest the source, before any wave is measured"),
    EventType.LANDSLIDE: Rule(5.0, 1e4, 5e5, "slides reach kilometres"),
    EventType.SEVERE_WEATHER: Rule(50.0, 1e6, 2e7, "a warning's point stands for its zone"),
    EventType.OTHER: Rule(50.0, 1e6, 1e9, "unknown kind"),
    EventType.EARTHQUAKE: Rule(50.0, 1e12, 1e13, "without magnitude nothing is said beyond the report"),
    EventType.TROPICAL_CYCLONE: Rule(100.0, 1e6, 1e9, "without position and wind, by the report"),
}
VEI_RED, VEI_ORANGE = 4.0, 3.0  # volcanic explosivity index that makes it so where anybody lives near


def score_many(events: Sequence[Event], population: Population) -> list[Score]:
    """Scores in the order of the events; vectorised where the hazard allows."""
    shaking = [
        e for e in events if e.event_type == EventType.EARTHQUAKE and _located(e) and e.magnitude is not None
    ]
    by_id = {s.event_id: s for s in score_earthquakes(shaking, population)}
    by_id |= {e.id: score_cyclone(e, population) for e in events if _is_storm(e)}
    rest = [e for e in events if e.id not in by_id]
    by_id |= {s.event_id: s for s in score_by_rule(rest, population)}
    return [by_id[e.id] for e in events]


def score_by_rule(events: Sequence[Event], population: Population) -> list[Score]:
    """The higher of what a source reports and what the people within the hazard's radius call for."""
    people = np.zeros(len(events))
    for kind in sorted({e.event_type for e in events}):
        mine = [i for i, e in enumerate(events) if e.event_type == kind and _located(e)]
        if mine:
            lon = np.array([events[i].lon for i in mine], float)
            lat = np.array([events[i].lat for i in mine], float)
            people[mine] = population.within(lon, lat, [_rule(kind).radius_km])[:, 0]
    return [_rule_score(e, n, population) for e, n in zip(events, people.tolist(), strict=True)]


def alert_by_rule(event: Event, people: float) -> Severity:
    """The alert that `RULES`, the reported level and a volcano's VEI give."""
    rule = _rule(event.event_type)
    near = Severity.ORANGE if people >= rule.orange else Severity.YELLOW if people >= rule.yellow else None
    vei = event.measurements.get("vei", 0.0)
    erupts = Severity.RED if vei >= VEI_RED else Severity.ORANGE if vei >= VEI_ORANGE else None
    return highest(event.severity_level, near, erupts if people >= 1 else None)


def _rule_score(event: Event, people: float, population: Population) -> Score:
    alert = alert_by_rule(event, people)
    rule = _rule(event.event_type)
    where = f"{count(people)} within {rule.radius_km:.0f} km" if _located(event) else "no place is stated"
    reported = event.severity_level.value.lower() if event.severity_level else "no level"
    return Score(
        event_id=event.id,
        changed_seq=event.changed_seq,
        score=round(within_alert(alert, scale(people)), 2),
        alert=alert,
        alert_probabilities=certain(alert),
        exposure={"unit": "people", f"within {rule.radius_km:.0f} km": round(people, 1)},
        method=f"rule for {event.event_type}: the higher of report and people near; {population.method}",
        explanation=f"Sources report {reported}; {where} ({rule.why}). Alert {alert.value.lower()}.",
    )


def _rule(event_type: str) -> Rule:
    return RULES.get(event_type, RULES[EventType.OTHER])


def _located(event: Event) -> bool:
    return event.lon is not None and event.lat is not None


def _is_storm(event: Event) -> bool:
    if event.event_type != EventType.TROPICAL_CYCLONE or not _located(event):
        return False
    radii = any(f"wind_radius_{t}kt_ne" in event.measurements for t in THRESHOLDS_KT)
    return radii or maximum_wind_kt(event) is not None
