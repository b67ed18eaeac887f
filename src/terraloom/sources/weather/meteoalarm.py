"""
MeteoAlarm: the weather warnings of European services, as CAP in JSON, one list a country.

https://feeds.meteoalarm.org/. A warning is told once per language; English is taken where there is one.
Places are codes of MeteoAlarm's own regions (EMMA_ID), seldom polygons, so that most reports have no
position. Green "warnings" say that there is none and are left out, as are tests. An update has a new
identifier and names the warnings that it replaces; an all-clear is an update too, and ends the warning.
DWD's identifiers bear the suffix ".MUL" here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Payload, Reject, Severity
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.cap import centroid, joined, polygon, severity_level
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc
from terraloom.sources.weather import awareness
from terraloom.sources.xmlfeed import looks_like

FEEDS = "https://feeds.meteoalarm.org/api/v1/warnings/feeds-"
COUNTRIES = (
    *("andorra", "austria", "belgium", "bosnia-herzegovina", "bulgaria", "croatia", "cyprus", "czechia"),
    *("denmark", "estonia", "finland", "france", "germany", "greece", "hungary", "iceland", "ireland"),
    *("israel", "italy", "latvia", "lithuania", "luxembourg", "malta", "moldova", "montenegro"),
    *("netherlands", "norway", "poland", "portugal", "republic-of-north-macedonia", "romania", "serbia"),
    *("slovakia", "slovenia", "spain", "sweden", "switzerland", "ukraine", "united-kingdom"),
)


class Named(Struct):
    """A parameter or a geocode."""

    valueName: str
    value: str | None = None


class Area(Struct):
    areaDesc: str = ""
    geocode: list[Named] = []
    polygon: str | list[str] | None = None


class Info(Struct):
    """What is said in one language; times are ISO 8601 with offset."""

    event: str
    severity: str
    language: str = ""
    headline: str | None = None
    description: str | None = None
    effective: str | None = None
    onset: str | None = None
    expires: str | None = None
    responseType: list[str] = []
    parameter: list[Named] = []
    area: list[Area] = []
    senderName: str = ""
    web: str | None = None

    def stated(self, name: str) -> str:
        return next((one.value or "" for one in self.parameter if one.valueName == name), "")


class Alert(Struct):
    identifier: str
    sent: str
    status: str
    msgType: str
    info: list[Info]
    references: str | None = None  # "sender,identifier,sent" and blanks between


class Warned(Struct):
    alert: Alert


class MeteoAlarm(Source):
    """One report per warning. Its identity is that of the first warning in a chain of updates."""

    info = SourceInfo(
        id="meteoalarm-warnings",
        title="Weather warnings in Europe",
        provider="MeteoAlarm (EUMETNET)",
        agency="meteoalarm",
        url=FEEDS.removesuffix("feeds-"),
        every="15m",
        licence="CC BY 4.0 (EUMETNET - MeteoAlarm; the warnings are their services' own)",
        citation="EUMETNET - MeteoAlarm, and the weather service that each warning names",
        homepage="https://www.meteoalarm.org/",
        folder="meteoalarm",
        priority=60,
        rate_per_minute=20,
        enabled=False,  # tens of megabytes in forty lists a poll, most of them yellow
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        return [FEEDS + country for country in COUNTRIES]

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b'"warnings"', b'"alert"', b'"identifier"')

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            warnings, damage = split_json(payload.body, "warnings")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        for found in each(warnings, self.read):
            if found is not None:
                yield found
        yield from damage

    def read(self, fragment: bytes) -> HazardReport | None:
        """One warning; None where nothing is warned of. Raises `RecordError`."""
        alert = msgspec.json.decode(fragment, type=Warned).alert
        told = spoken(alert)
        severity, sent = _severity(told), utc(alert.sent, field="sent")
        if alert.status != "Actual" or severity is Severity.GREEN:
            return None
        replaced = replaced_by(alert)
        shapes = [shape for area in told.area for shape in _shapes(area)]
        geometry = joined([{"type": "Polygon", "coordinates": shape} for shape in shapes])
        middle = centroid(geometry)
        return HazardReport(
            source=self.info.id,
            agency=self.info.agency,
            source_event_id=replaced[0] if replaced else alert.identifier,
            also_ids=tuple((*replaced[1:], alert.identifier) if replaced else ()),
            keys=tuple(cap_key(name) for name in (*replaced, alert.identifier)),
            event_type=_event_type(told),
            title=_title(told),
            description=_description(told),
            url=told.web or self.info.homepage,
            lon=middle[0] if middle else None,
            lat=middle[1] if middle else None,
            geometry=geometry,
            onset=utc(told.onset or told.effective or alert.sent, field="onset"),
            updated_at=sent,
            valid_until=_end(alert, told, sent),
            severity_level=severity,
            fragment=fragment,
        )


def spoken(alert: Alert) -> Info:
    """What is said in English, else in the first language. Raises `RecordError` where nothing is."""
    if not alert.info:
        raise RecordError("info", alert.info, "what the warning says, in one language at least")
    return next((one for one in alert.info if one.language.lower().startswith("en")), alert.info[0])


def replaced_by(alert: Alert) -> list[str]:
    """Identifiers of the warnings that this one replaces, the oldest first. Raises `RecordError`."""
    found: list[tuple[datetime, str]] = []
    for triple in (alert.references or "").split():
        parts = triple.split(",")
        if len(parts) != 3:
            raise RecordError("references", triple, "sender,identifier,sent")
        found.append((utc(parts[2], field="references"), parts[1]))
    return [identifier for _, identifier in sorted(found) if identifier != alert.identifier]


def cap_key(identifier: str) -> str:
    """The warning's identity, also where its own service tells of it."""
    return f"cap:{identifier.removesuffix('.MUL')}"


def _severity(told: Info) -> Severity | None:
    stated = told.stated("awareness_level")
    return awareness.level(stated) if stated else severity_level(told.severity)


def _event_type(told: Info) -> EventType:
    return awareness.event_type(told.stated("awareness_type"))


def _end(alert: Alert, told: Info, sent: datetime) -> datetime | None:
    if alert.msgType == "Cancel" or "AllClear" in told.responseType:
        return sent
    return utc(told.expires, field="expires") if told.expires else None


def _shapes(area: Area) -> Iterator[object]:
    stated = [area.polygon] if isinstance(area.polygon, str) else area.polygon or []
    for text in stated:
        yield from polygon(text)


def _title(told: Info) -> str:
    """The headline, with up to three of the areas where it names none."""
    headline, names = told.headline or told.event, [area.areaDesc for area in told.area if area.areaDesc]
    if not names or any(name in headline for name in names):
        return headline
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{headline}: {', '.join(names[:3])}{more}"


def _areas(told: Info) -> str:
    return "; ".join(dict.fromkeys(area.areaDesc for area in told.area if area.areaDesc))


def _description(told: Info) -> str:
    """The text, then areas and region codes, which are all the place that most warnings have."""
    codes = [f"{one.valueName}:{one.value}" for area in told.area for one in area.geocode]
    parts = ((told.description or "").strip(), f"Areas: {_areas(told)}", f"Zones: {' '.join(codes)}")
    return "\n\n".join(part for part in (*parts, told.senderName) if part)
