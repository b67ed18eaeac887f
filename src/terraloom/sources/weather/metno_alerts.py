"""
MET Norway: warnings for Norway and its seas (MetAlerts), as GeoJSON.

https://api.met.no/weatherapi/metalerts/2.0/documentation. One feature per warning and area. An update has
a new identifier and does not say what it replaces; at sea, every bulletin cuts the begin of a gale that is
under way to its own time. So an id is derived: the kind of event, the area, and the day on which it begins;
the later days of its span are listed as further ids, and an update is found under one of them. Several
warnings of one kind for one area are one report, until the last of them ends. The identifier holds the
time of issue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.cap import centroid, joined
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc
from terraloom.sources.weather import awareness
from terraloom.sources.weather.meteoalarm import cap_key
from terraloom.sources.xmlfeed import looks_like

LONGEST_DAYS = 15  # warnings run for hours or a few days; a wrong year must not list thousands of ids

_ISSUED = re.compile(r"\.578\.0\.(?:20)?(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\.")


class Properties(Struct):
    id: str
    area: str
    event: str
    status: str
    type: str  # Alert, Update, Cancel
    awareness_level: str
    awareness_type: str = ""
    eventAwarenessName: str = ""
    description: str = ""
    instruction: str = ""
    consequences: str = ""
    web: str = ""


class When(Struct):
    interval: list[str]


class Feature(Struct):
    properties: Properties
    when: When
    geometry: dict[str, Any] | None = None


class Warned(Struct, frozen=True):
    """One warning of one area, and where it stood."""

    said: Properties
    issued: datetime
    begins: datetime
    ends: datetime
    geometry: dict[str, Any] | None
    fragment: bytes


class MetnoAlerts(Source):
    """One report per kind of event and area (see above); green warnings and tests are none."""

    info = SourceInfo(
        id="metno-alerts",
        title="Weather warnings in Norway and its seas",
        provider="MET Norway",
        agency="metno",
        url="https://api.met.no/weatherapi/metalerts/2.0/current.json?lang=en",
        every="10m",
        licence="CC BY 4.0",
        citation="Norwegian Meteorological Institute, MetAlerts",
        homepage="https://api.met.no/weatherapi/metalerts/2.0/documentation",
        folder="metno-alerts",
        priority=40,
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(
            payload.body, b'"features"', b'"awareness_level"', b'"geographicDomain"', within=65_536
        )

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            features, damage = split_json(payload.body, "features")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        warned: dict[tuple[str, str], list[Warned]] = {}
        for found in each(features, lambda fragment: read_feature(fragment, payload)):
            if isinstance(found, Reject):
                yield found
            elif found is not None:
                warned.setdefault((found.said.event, found.said.area), []).append(found)
        for of_one in warned.values():
            yield self._report(sorted(of_one, key=lambda one: (one.begins, one.said.id)))
        yield from damage

    def _report(self, warned: list[Warned]) -> HazardReport:
        newest = max(warned, key=lambda one: (one.issued, one.said.id))
        levels = [awareness.level(one.said.awareness_level) for one in warned]
        geometry = joined([one.geometry for one in warned if one.geometry is not None])
        middle, said = centroid(geometry), newest.said
        begins, ends = warned[0].begins, max(one.ends for one in warned)
        own, *others = ids(said, begins, ends)
        return HazardReport(
            source=self.info.id,
            agency=self.info.agency,
            source_event_id=own,
            also_ids=(*others, *(one.said.id for one in warned)),
            keys=tuple(cap_key(one.said.id) for one in warned),
            event_type=awareness.event_type(said.awareness_type),
            title=f"{said.eventAwarenessName or said.event}: {said.area}",
            description="\n\n".join(filter(None, (said.description, said.consequences, said.instruction))),
            url=said.web.strip() or self.info.homepage,
            lon=middle[0] if middle else None,
            lat=middle[1] if middle else None,
            geometry=geometry,
            onset=begins,
            updated_at=newest.issued,
            valid_until=ends,
            severity_level=max(levels, key=list(awareness.LEVELS.values()).index),
            fragment=b",".join(one.fragment for one in warned),
        )


def read_feature(fragment: bytes, payload: Payload) -> Warned | None:
    """One warning; None for green ones, tests and the like. Raises `RecordError`."""
    feature = msgspec.json.decode(fragment, type=Feature)
    said, interval = feature.properties, feature.when.interval
    if len(interval) != 2 or not said.area or not said.event:
        raise RecordError("when.interval", interval, "begin and end of an event in an area")
    level = awareness.level(said.awareness_level)
    begins, ends = (utc(moment, field="when.interval") for moment in interval)
    issued = _issued(said.id) or payload.fetched_at
    centroid(feature.geometry)  # a polygon that is none is this warning's fault, not its neighbours'
    if said.status != "Actual" or level is awareness.LEVELS["1"]:
        return None
    over = said.type == "Cancel"
    return Warned(said, issued, begins, issued if over else ends, feature.geometry, fragment)


def ids(said: Properties, begins: datetime, ends: datetime) -> list[str]:
    """The id of an event (first), and those under which an update of it may come: one a day of its span."""
    days = min(max(0, (ends.date() - begins.date()).days), LONGEST_DAYS)
    moments = [begins + timedelta(days=day) for day in range(days + 1)]
    return [f"{said.event}/{said.area}/{moment:%Y-%m-%d}" for moment in moments]


def _issued(identifier: str) -> datetime | None:
    """2.49.0.1.578.0.20260306192210.079 was issued at 19:22:10; years of two digits occur."""
    match = _ISSUED.search(identifier)
    if match is None:
        return None
    year, month, day, hour, minute, second = match.groups()
    return utc(f"20{year}-{month}-{day}T{hour}:{minute}:{second}Z", field="id")
