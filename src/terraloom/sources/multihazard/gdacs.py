"""
What all GDACS feeds share: event types, alert colours, the names and units of what they measure.

An event is `eventtype` + `eventid`; `episodeid` counts its versions. Units depend on the hazard. Dates
without a zone are UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Measurement, Severity
from terraloom.sources.cyclones.storms import basins_at, storm_key
from terraloom.sources.values import lonlat, number, optional_number, rfc822

LICENCE = "CC BY 4.0 (copyright European Union; the source must be acknowledged)"
CITATION = "Global Disaster Alert and Coordination System (GDACS), European Commission and United Nations"
HOMEPAGE = "https://www.gdacs.org/"

_TYPES = {kind.value: kind for kind in EventType}
_GLIDE = re.compile(r"[A-Z]{2}-\d{4}-\d{6}-[A-Z]{3}")
_STORM = re.compile(r"(?P<name>[A-Z][A-Z-]*?)-(?P<year>\d{2})")
_DEPTH = re.compile(r"Depth:\s*(-?[\d.]+)\s*km", re.IGNORECASE)

# What `severity` measures, by hazard, with the unit that holds where the feed names none (UCUM).
_SEVERITY = {
    EventType.TROPICAL_CYCLONE: ("wind_speed_max", "km/h"),
    EventType.DROUGHT: ("drought_area", "km2"),
    EventType.WILDFIRE: ("burned_area", "har"),
    EventType.TSUNAMI: ("wave_height_max", "m"),
}
_UCUM = {"km2": "km2", "km/h": "km/h", "ha": "har", "m": "m", "": ""}
_POPULATION = {
    "Population in 100km": "population_within_100km",
    "Population within 100km": "population_within_100km",
    "Pop74": "population_in_hurricane_wind",  # 74 mph: category 1
    "Pop39": "population_in_storm_wind",
    "Population affected": "population_affected",
}


class Event(Struct, frozen=True, kw_only=True):
    """One event's fields as text, whatever the dialect they came in."""

    event_type: str
    event_id: str
    episode_id: str
    name: str
    title: str
    description: str
    url: str
    lon: object
    lat: object
    begin: datetime
    end: datetime
    updated_at: datetime
    alert_level: str
    alert_score: str = ""
    severity: object = ""
    severity_unit: str = ""
    severity_text: str = ""
    population: object = ""
    population_unit: str = ""
    vulnerability: str = ""
    glide: str = ""


def report(
    source: str, event: Event, fragment: bytes, geometry: dict[str, Any] | None = None
) -> HazardReport:
    """One GDACS event as a report. Raises `RecordError`."""
    kind = event_type(event.event_type)
    lon, lat = lonlat(event.lon, event.lat)
    quake = kind is EventType.EARTHQUAKE
    # A cyclone's point is where it is now; the other hazards are where they began.
    onset = event.end if kind is EventType.TROPICAL_CYCLONE else event.begin
    return HazardReport(
        source=source,
        agency="gdacs",
        source_event_id=event_id(event),
        event_type=kind,
        title=event.title,
        description=event.description,
        url=event.url,
        lon=lon,
        lat=lat,
        depth_km=depth_km(event.severity_text) if quake else None,
        onset=onset,
        updated_at=event.updated_at,
        magnitude=optional_number("severity", event.severity, low=-5, high=12) if quake else None,
        magnitude_type="M" if quake else "",
        severity_level=severity_level(event.alert_level),
        measurements=tuple(_measurements(kind, event)),
        keys=tuple(_keys(kind, event, lon, lat)),
        geometry=geometry,
        fragment=fragment,
    )


def event_type(code: str) -> EventType:
    """The hazard of a GDACS two-letter code. Raises `RecordError`."""
    if code.upper() not in _TYPES:
        raise RecordError("eventtype", code, "one of " + ", ".join(_TYPES))
    return _TYPES[code.upper()]


def event_id(event: Event) -> str:
    """Type and number, as GDACS' own guid writes them ("TC1000643"). Raises `RecordError`."""
    if not event.event_id.isascii() or not event.event_id.isdigit():
        raise RecordError("eventid", event.event_id, "digits")
    return f"{event.event_type.upper()}{event.event_id}"


def severity_level(text: str) -> Severity | None:
    """The colour of an alert level; None where none is given. Raises `RecordError` for an unknown one."""
    if not text:
        return None
    if text.upper() not in Severity.__members__:
        raise RecordError("alertlevel", text, "one of Green, Orange, Red")
    return Severity[text.upper()]


def depth_km(severity_text: str) -> float | None:
    """Depth from "Magnitude 5.5M, Depth:10km", positive down; None where it says none."""
    match = _DEPTH.search(severity_text)
    return optional_number("depth", match[1], low=-10, high=1000) if match else None


def when(field: str, text: str) -> datetime:
    """A date as GDACS' RSS writes it ("Mon, 30 Dec 2019 01:35:11 GMT"), as UTC. Raises `RecordError`."""
    return rfc822(text, field=field)


def _measurements(kind: EventType, event: Event) -> Iterator[Measurement]:
    name, unit = _SEVERITY.get(kind, ("", ""))
    value = optional_number("severity", event.severity)
    if name and value is not None:
        yield Measurement(name, value, _unit(event.severity_unit) or unit)
    people = optional_number("population", event.population, low=0)
    if people is not None and event.population_unit:
        yield Measurement(_POPULATION.get(event.population_unit, "population"), people, "1")
    for name, text in (("alert_score", event.alert_score), ("vulnerability", event.vulnerability)):
        if (score := optional_number(name, text)) is not None:
            yield Measurement(name, score, "1")
    if event.episode_id:
        yield Measurement("episode", number("episodeid", event.episode_id, low=0), "1")


def _unit(unit: str) -> str:
    if unit.lower() not in _UCUM:
        raise RecordError("severity unit", unit, "one of " + ", ".join(name for name in _UCUM if name))
    return _UCUM[unit.lower()]


def _keys(kind: EventType, event: Event, lon: float, lat: float) -> Iterator[str]:
    yield f"gdacs:{event_id(event)}"  # EONET links to GDACS' events
    if _GLIDE.fullmatch(event.glide.strip().upper()):
        yield f"glide:{event.glide.strip().upper()}"
    storm = _STORM.fullmatch(event.name.strip().upper()) if kind is EventType.TROPICAL_CYCLONE else None
    if storm is not None and lat >= 0:  # southern seasons span two years: "-19" does not tell which
        for basin in basins_at(lon, lat):
            yield from storm_key(storm["name"], 2000 + int(storm["year"]), basin)
