"""NWS active alerts as GeoJSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, field

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.cap import centroid, severity_level
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc
from terraloom.sources.weather import nws
from terraloom.sources.xmlfeed import looks_like


class Reference(Struct):
    identifier: str
    sent: str


class Properties(Struct, rename="camel"):
    """Times are ISO 8601 with offset; any but `sent` may be null."""

    id: str
    event: str
    status: str
    message_type: str
    severity: str
    sent: str
    effective: str | None = None
    onset: str | None = None
    expires: str | None = None
    ends: str | None = None
    headline: str | None = None
    description: str | None = None
    area_desc: str | None = None
    address: str = field(name="@id", default="")
    geocode: dict[str, list[str]] = {}
    parameters: dict[str, Any] = {}
    references: list[Reference] = []


class Feature(Struct):
    properties: Properties
    geometry: dict[str, Any] | None = None


class NwsAlerts(Source):
    """
    Watches, warnings and advisories in force in the United States.

    One report per hazard (see `nws.reports`). Most alerts have no polygon, only zones: their report has no
    position, and its description names areas and zones. Tests and exercises are no hazards and give nothing.
    Hurricane and fire weather warnings are severe weather: they warn of conditions, not of one storm or fire.

    Also reads the bare array of features, and collections in which features were wrapped again.
    """

    info = SourceInfo(
        id="nws-alerts",
        title="Weather alerts in the United States",
        provider="NWS",
        agency="nws",
        url="https://api.weather.gov/alerts/active",
        every="60s",
        licence=nws.LICENCE,
        citation=nws.CITATION,
        homepage=nws.HOMEPAGE,
        folder="nws-alerts",
        priority=40,
    )

    def recognises(self, payload: Payload) -> bool:
        return payload.body.lstrip()[:1] in (b"{", b"[") and looks_like(
            payload.body, b'"geometry"', b"api.weather.gov/alerts", within=200_000
        )

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        body = payload.body.strip()
        if body.startswith(b"["):
            body = b'{"features":' + body + b"}"
        try:
            features, damage = split_json(body, "features")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        alerts: list[nws.Alert] = []
        for alert in each(features, read_feature):
            if isinstance(alert, Reject):
                yield alert
            elif alert is not None:
                alerts.append(alert)
        yield from nws.reports(self.info.id, alerts)
        yield from damage


def _vtec(stated: object) -> str:
    """Parameters are lists of text, of which anything may be missing."""
    return " ".join(str(code) for code in stated) if isinstance(stated, list) else ""


def read_feature(fragment: bytes) -> nws.Alert | None:
    """One alert; None for tests and the like. Raises `RecordError`."""
    feature = msgspec.json.decode(fragment, type=Feature)
    said = feature.properties
    sent = utc(said.sent, field="sent")
    stated_end = said.ends or said.expires
    alert = nws.Alert(
        identifier=said.id,
        event=said.event,
        status=said.status,
        message_type=said.message_type,
        severity=said.severity,
        sent=sent,
        begins=utc(said.onset or said.effective or said.sent, field="onset"),
        ends=utc(stated_end, field="ends") if stated_end else None,
        headline=said.headline or "",
        description=said.description or "",
        area=said.area_desc or "",
        zones=tuple(f"{code}:{zone}" for code in ("UGC", "SAME") for zone in said.geocode.get(code, ())),
        vtec=_vtec(said.parameters.get("VTEC")),
        references=tuple(
            nws.Reference(reference.identifier, utc(reference.sent, field="references.sent"))
            for reference in said.references
        ),
        geometry=feature.geometry,
        url=said.address or f"https://api.weather.gov/alerts/{said.id}",
        fragment=fragment,
    )
    severity_level(alert.severity)
    centroid(alert.geometry)  # a polygon that is none is this alert's fault, not its hazard's
    return alert if nws.is_hazard(alert) else None
