"""
Environment and Climate Change Canada: weather alerts, as GeoJSON of its OGC API.

https://api.weather.gc.ca/collections/weather-alerts. One feature per alert and forecast zone, each with its
polygon; the zones of one alert share the first part of their id, which stays through updates.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject, Severity
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.cap import centroid, joined
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc
from terraloom.sources.weather.nws import named_type
from terraloom.sources.xmlfeed import looks_like

COLOURS = {"yellow": Severity.YELLOW, "orange": Severity.ORANGE, "red": Severity.RED}
_ORDER = (None, *COLOURS.values())


class Properties(Struct):
    """Times are ISO 8601; statements have no colour."""

    id: str  # <alert>_<zone>
    feature_id: str
    alert_name_en: str
    publication_datetime: str
    alert_text_en: str = ""
    validity_datetime: str | None = None
    expiration_datetime: str | None = None
    event_end_datetime: str | None = None
    risk_colour_en: str | None = None
    feature_name_en: str = ""
    province: str = ""
    status_en: str = ""  # issued, continued, ended


class Feature(Struct):
    properties: Properties
    geometry: dict[str, Any] | None = None


class Zone(Struct, frozen=True):
    """One alert in one zone."""

    alert: str
    said: Properties
    published: datetime
    begins: datetime
    ends: datetime | None
    level: Severity | None
    geometry: dict[str, Any] | None
    fragment: bytes


class EcccAlerts(Source):
    """One report per alert: its zones are joined, and it ends with the last of them."""

    info = SourceInfo(
        id="eccc-alerts",
        title="Weather alerts in Canada",
        provider="Environment and Climate Change Canada",
        agency="eccc",
        url="https://api.weather.gc.ca/collections/weather-alerts/items?f=json&limit=1000",
        every="10m",
        licence="Environment and Climate Change Canada Data Servers End-use Licence 2.1",
        citation="Environment and Climate Change Canada, Meteorological Service of Canada",
        homepage="https://eccc-msc.github.io/open-data/msc-data/alerts/readme_alerts_en/",
        folder="eccc-alerts",
        priority=40,
        rate_per_minute=10,
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b'"features"', b'"alert_code"', b'"publication_datetime"')

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            features, damage = split_json(payload.body, "features")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        alerts: dict[str, list[Zone]] = {}
        for zone in each(features, read_zone):
            if isinstance(zone, Reject):
                yield zone
            else:
                alerts.setdefault(zone.alert, []).append(zone)
        for zones in alerts.values():
            yield self._report(sorted(zones, key=lambda zone: (zone.published, zone.said.id)))
        yield from damage

    def _report(self, zones: list[Zone]) -> HazardReport:
        newest = zones[-1]
        geometry = joined([zone.geometry for zone in zones if zone.geometry is not None])
        middle, said = centroid(geometry), newest.said
        ends = [zone.ends for zone in zones]
        return HazardReport(
            source=self.info.id,
            agency=self.info.agency,
            source_event_id=newest.alert,
            event_type=named_type(said.alert_name_en),
            title=f"{said.alert_name_en.capitalize()}: {_where(zones)}",
            description=_description(zones),
            url=self.info.homepage,
            lon=middle[0] if middle else None,
            lat=middle[1] if middle else None,
            geometry=geometry,
            onset=min(zone.begins for zone in zones),
            updated_at=newest.published,
            valid_until=None if None in ends else max(end for end in ends if end is not None),
            severity_level=max((zone.level for zone in zones), key=_ORDER.index),
            fragment=b",".join(zone.fragment for zone in zones),
        )


def read_zone(fragment: bytes) -> Zone:
    """One feature. Raises `RecordError`."""
    feature = msgspec.json.decode(fragment, type=Feature)
    said = feature.properties
    alert = said.id.removesuffix(f"_{said.feature_id}")
    if alert in ("", said.id):
        raise RecordError("id", said.id, f"the id of an alert and _{said.feature_id}")
    published = utc(said.publication_datetime, field="publication_datetime")
    stated_end = said.event_end_datetime or said.expiration_datetime
    ends = utc(stated_end, field="event_end_datetime") if stated_end else None
    centroid(feature.geometry)  # a polygon that is none is this zone's fault, not its alert's
    return Zone(
        alert=alert,
        said=said,
        published=published,
        begins=utc(said.validity_datetime or said.publication_datetime, field="validity_datetime"),
        ends=published if said.status_en == "ended" else ends,
        level=_level(said.risk_colour_en),
        geometry=feature.geometry,
        fragment=fragment,
    )


def _level(colour: str | None) -> Severity | None:
    if not colour:
        return None
    if colour.lower() not in COLOURS:
        raise RecordError("risk_colour_en", colour, "one of " + ", ".join(COLOURS))
    return COLOURS[colour.lower()]


def _where(zones: list[Zone]) -> str:
    """Up to three zones by name, and how many more."""
    names = list(dict.fromkeys(zone.said.feature_name_en for zone in zones))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _description(zones: list[Zone]) -> str:
    texts = dict.fromkeys(zone.said.alert_text_en.strip() for zone in zones)
    names = dict.fromkeys(f"{zone.said.feature_name_en} ({zone.said.province})" for zone in zones)
    return "\n\n".join((*filter(None, texts), "Areas: " + "; ".join(names)))
