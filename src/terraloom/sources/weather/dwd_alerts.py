"""
DWD, the German weather service: its warnings through Bright Sky, as JSON. On request.

https://brightsky.dev/docs/#/operations/getAlerts. The warnings are those of MeteoAlarm's list of Germany,
under the same identifiers, but without their areas, unless one asks for a place: then that place is named
beside them. An update has a new identifier and does not say what it replaces.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, each, reject_payload
from terraloom.sources.cap import severity_level
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc
from terraloom.sources.weather.meteoalarm import cap_key
from terraloom.sources.weather.nws import named_type
from terraloom.sources.xmlfeed import looks_like


class Place(Struct):
    """The warning cell that was asked for."""

    name: str = ""
    district: str = ""
    state: str = ""


class Answer(Struct):
    location: Place | None = None


class Alert(Struct):
    """Times are ISO 8601; severity as in CAP, but lower case, or null."""

    alert_id: str
    effective: str
    status: str
    event_en: str | None = None
    headline_en: str | None = None
    description_en: str | None = None
    onset: str | None = None
    expires: str | None = None
    severity: str | None = None
    response_type: str | None = None


class DwdAlerts(Source):
    """One report per warning; tests are none. An all-clear ends when it is told."""

    info = SourceInfo(
        id="dwd-alerts",
        title="Weather warnings in Germany",
        provider="DWD, through Bright Sky",
        agency="dwd",
        url="https://api.brightsky.dev/alerts",
        every="10m",
        licence="CC BY 4.0",
        citation="Deutscher Wetterdienst; Bright Sky (brightsky.dev)",
        homepage="https://brightsky.dev/",
        folder="dwd-alerts",
        priority=45,
        enabled=False,  # says what meteoalarm-warnings says, with less of where
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b'"alerts"', b'"alert_id"', b"DWD")

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            alerts, damage = split_json(payload.body, "alerts")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        where = _asked_for(payload.body)
        for found in each(alerts, lambda fragment: self.read(fragment, where)):
            if found is not None:
                yield found
        yield from damage

    def read(self, fragment: bytes, where: str) -> HazardReport | None:
        """One warning; None for tests. Raises `RecordError`."""
        alert = msgspec.json.decode(fragment, type=Alert)
        told, name = utc(alert.effective, field="effective"), alert.event_en or "weather"
        level = severity_level((alert.severity or "unknown").capitalize())
        expires = utc(alert.expires, field="expires") if alert.expires else None
        if alert.status.lower() != "actual":
            return None
        return HazardReport(
            source=self.info.id,
            agency=self.info.agency,
            source_event_id=alert.alert_id,
            keys=(cap_key(alert.alert_id),),
            event_type=named_type(name),
            title=": ".join(filter(None, (alert.headline_en or name, where))),
            description=alert.description_en or "",
            url="https://www.dwd.de/warnungen",
            onset=utc(alert.onset, field="onset") if alert.onset else told,
            updated_at=told,
            valid_until=told if alert.response_type == "allclear" else expires,
            severity_level=level,
            fragment=fragment,
        )


def _asked_for(body: bytes) -> str:
    """The place that was asked for, "" for a list of all Germany or one that was cut off."""
    try:
        place = msgspec.json.decode(body, type=Answer).location
    except UNREADABLE:
        return ""
    return ", ".join(filter(None, (place.name, place.state))) if place else ""
