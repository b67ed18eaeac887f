"""
What the US National Weather Service's alert feeds share: which alert is which hazard, and how it ends.

An update has a new identifier. What stays is the VTEC event (NWS Directive 10-1703): office, phenomenon,
significance and tracking number, which are used anew each year, so that the year of issue belongs to the id.
Alerts without VTEC are followed to the first one of their `references`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport
from terraloom.sources.cap import centroid, joined, severity_level

LICENCE = "public domain (US government work)"
CITATION = "US National Weather Service, NOAA"
HOMEPAGE = "https://www.weather.gov/documentation/services-web-alerts"

VTEC = re.compile(
    r"/(?P<product>[OTEX])\.(?P<action>[A-Z]{3})\.(?P<event>[A-Z]{4}\.(?P<phenomenon>[A-Z]{2})\.[A-Z]\.\d{4})"
    r"\.(?P<begin>\d{6}T\d{4})Z-(?P<end>\d{6}T\d{4})Z/"
)
_UNSTATED = "000000T0000"  # begun already, or open-ended
_PHENOMENA = {
    **dict.fromkeys(("FF", "FA", "FL", "CF", "LS", "HY"), EventType.FLOOD),
    "TS": EventType.TSUNAMI,
    "AF": EventType.VOLCANO,
}
_EVENTS = (  # of alerts without VTEC, by words of their name; the first that fits
    ("tsunami", EventType.TSUNAMI),
    ("fire warning", EventType.WILDFIRE),
    ("volcano", EventType.VOLCANO),
    ("earthquake", EventType.EARTHQUAKE),
    ("avalanche", EventType.LANDSLIDE),
    ("flood", EventType.FLOOD),
    ("hydrologic", EventType.FLOOD),
)
_NOT_WEATHER = (
    "air quality",
    "civil",
    "law enforcement",
    "child abduction",
    "blue alert",
    "evacuation",
    "hazardous materials",
    "local area emergency",
    "nuclear",
    "radiological",
    "shelter",
    "telephone outage",
    "administrative",
)
_ENDING = frozenset({"CAN", "UPG"})  # cancelled, replaced by a stronger one; EXP ends when it says


class Reference(Struct, frozen=True):
    """An earlier alert of the same hazard."""

    identifier: str
    sent: datetime


class Alert(Struct, frozen=True, kw_only=True):
    """One alert: one segment of a hazard's area."""

    identifier: str
    event: str
    status: str
    message_type: str
    severity: str
    sent: datetime
    begins: datetime
    ends: datetime | None
    headline: str
    description: str
    area: str
    zones: tuple[str, ...]  # UGC, SAME
    vtec: str
    references: tuple[Reference, ...]
    geometry: dict[str, Any] | None
    url: str
    fragment: bytes

    @property
    def issued(self) -> datetime:
        """When the first alert of the hazard was sent, as far as it says."""
        return min([self.sent, *(reference.sent for reference in self.references)])


def is_hazard(alert: Alert) -> bool:
    """Whether an alert is meant: tests, exercises, drafts and system messages are no hazards.

    Raises `RecordError`.
    """
    if alert.status not in ("Actual", "Exercise", "System", "Test", "Draft"):
        raise RecordError("status", alert.status, "one of Actual, Exercise, System, Test, Draft")
    match = vtec(alert)
    return alert.status == "Actual" and (match is None or match["product"] == "O")


def reports(source: str, alerts: Iterable[Alert]) -> Iterator[HazardReport]:
    """
    One report per hazard, in order of first appearance: its segments are joined.

    A hazard ends with the last of its segments. A cancelled segment ends when the cancellation was sent; the
    report is not withdrawn by it, because the alert was in force until then.
    """
    by_event: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_event.setdefault(event_id(alert), []).append(alert)
    for identifier, segments in by_event.items():
        yield _report(source, identifier, sorted(segments, key=lambda alert: (alert.sent, alert.identifier)))


def vtec(alert: Alert) -> re.Match[str] | None:
    """The code that stands for this alert: the first that does not end another one."""
    codes = list(VTEC.finditer(alert.vtec))
    return next((code for code in codes if code["action"] not in _ENDING), codes[0] if codes else None)


def event_id(alert: Alert) -> str:
    """What stays the same through all updates: VTEC event and year of issue, else the first alert's id."""
    match = vtec(alert)
    if match is not None:
        return f"{match['event']}.{alert.issued.astimezone(UTC).year}"
    roots = [Reference(alert.identifier, alert.sent), *alert.references]
    return min(roots, key=lambda reference: (reference.sent, reference.identifier)).identifier


def event_type(alert: Alert) -> EventType:
    """The hazard an alert warns of; weather without a type of its own is severe weather."""
    match = vtec(alert)
    if match is not None:
        return _PHENOMENA.get(match["phenomenon"], EventType.SEVERE_WEATHER)
    return named_type(alert.event)


def named_type(name: str) -> EventType:
    """The hazard that the English name of an alert tells."""
    words = name.lower()
    if any(word in words for word in _NOT_WEATHER):
        return EventType.OTHER
    return next((kind for word, kind in _EVENTS if word in words), EventType.SEVERE_WEATHER)


def _report(source: str, identifier: str, segments: list[Alert]) -> HazardReport:
    newest = segments[-1]
    geometry = joined([alert.geometry for alert in segments if alert.geometry is not None])
    middle = centroid(geometry)
    ids = {alert.identifier for alert in segments}
    ids |= {reference.identifier for alert in segments for reference in alert.references}
    return HazardReport(
        source=source,
        agency="nws",
        source_event_id=identifier,
        event_type=event_type(newest),
        title=newest.headline or f"{newest.event}: {newest.area}",
        description=_description(segments),
        url=newest.url,
        lon=middle[0] if middle else None,
        lat=middle[1] if middle else None,
        onset=min(_onset(alert) for alert in segments),
        updated_at=newest.sent,
        valid_until=_last_end(segments),
        severity_level=severity_level(newest.severity),
        also_ids=tuple(sorted(ids - {identifier})),
        keys=(f"vtec:{identifier}",) if vtec(newest) else (),
        geometry=geometry,
        fragment=b",".join(alert.fragment for alert in segments),
    )


def _onset(alert: Alert) -> datetime:
    """When the hazard begins: VTEC's time; of one that goes on, its first warning; else what is stated."""
    match = vtec(alert)
    if match is not None and match["begin"] != _UNSTATED:
        try:
            return datetime.strptime(match["begin"], "%y%m%dT%H%M").replace(tzinfo=UTC)
        except ValueError:
            raise RecordError("VTEC", alert.vtec, "a begin as yymmddThhmmZ") from None
    return alert.issued if alert.references else alert.begins


def _last_end(segments: list[Alert]) -> datetime | None:
    ends = [_end(alert) for alert in segments]
    return None if None in ends else max(end for end in ends if end is not None)


def _end(alert: Alert) -> datetime | None:
    match = vtec(alert)
    over = alert.message_type == "Cancel" or (match is not None and match["action"] in _ENDING)
    return alert.sent if over else alert.ends


def _description(segments: list[Alert]) -> str:
    """The texts once each, then areas and zone codes, which are all the place that most alerts have."""
    texts = dict.fromkeys(alert.description.strip() for alert in segments)
    areas = dict.fromkeys(alert.area.strip() for alert in segments)
    zones = dict.fromkeys(zone for alert in segments for zone in alert.zones)
    parts = [*texts, "Areas: " + "; ".join(filter(None, areas)), "Zones: " + " ".join(zones)]
    return "\n\n".join(part for part in parts if part and part not in ("Areas: ", "Zones: "))
