"""NWS alerts as Common Alerting Protocol XML."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo, each
from terraloom.sources.cap import centroid, polygons, severity_level
from terraloom.sources.values import safe_xml, utc
from terraloom.sources.weather import nws
from terraloom.sources.xmlfeed import Item, find, looks_like, read_items, text


class NwsCap(Source):
    """
    The alerts of `nws-alerts` as CAP 1.2: the Atom feed of active alerts, or single alert documents.

    Built from the public description (OASIS CAP 1.2 and the NWS alerts API page): no recording was at hand.
    """

    info = SourceInfo(
        id="nws-cap",
        title="Weather alerts in the United States (CAP)",
        provider="NWS",
        agency="nws",
        url="https://api.weather.gov/alerts/active.atom",
        every="60s",
        licence=nws.LICENCE,
        citation=nws.CITATION,
        homepage=nws.HOMEPAGE,
        folder="nws-alerts",
        priority=41,
        enabled=False,  # says what nws-alerts says
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b"urn:oasis:names:tc:emergency:cap:", b"weather.gov") and any(
            looks_like(payload.body, root) for root in (b"<feed", b"<alert", b":alert")
        )

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        alerts: list[nws.Alert] = []
        for alert in self._alerts(payload):
            if isinstance(alert, Reject):
                yield alert
            elif alert is not None:
                alerts.append(alert)
        yield from nws.reports(self.info.id, alerts)

    def _alerts(self, payload: Payload) -> Iterator[nws.Alert | Reject | None]:
        if looks_like(payload.body, b"<feed"):
            return read_items(payload, "feed", "entry", read_alert)
        return each([payload.body], read_document)


def read_document(body: bytes) -> nws.Alert | None:
    """A document that is one alert. Raises `RecordError`."""
    root = safe_xml(body)
    if etree.QName(root).localname != "alert":
        raise RecordError("root element", etree.QName(root).localname, "feed or alert")
    return read_alert(Item(root, body))


def read_alert(item: Item) -> nws.Alert | None:
    """A CAP alert or an Atom entry with CAP elements; None for tests and the like. Raises `RecordError`."""
    info = find(item.element, "info")
    said = item.element if info is None else info
    identifier = item.text("identifier") or item.text("id").rpartition("/")[2]
    if not identifier:
        raise RecordError("identifier", "", "the alert's identifier")
    sent = utc(item.text("sent"), field="sent")
    ending = _parameter(item, "eventEndingTime") or text(said, "expires")
    alert = nws.Alert(
        identifier=identifier,
        event=text(said, "event"),
        status=item.text("status"),
        message_type=item.text("msgType"),
        severity=text(said, "severity"),
        sent=sent,
        begins=utc(text(said, "onset") or text(said, "effective") or item.text("sent"), field="onset"),
        ends=utc(ending, field="expires") if ending else None,
        headline=text(said, "headline") or item.text("title"),
        description=text(said, "description") or item.text("summary"),
        area="; ".join(str(area.text or "") for area in item.element.iterfind(".//{*}areaDesc")),
        zones=tuple(_zones(item)),
        vtec=_parameter(item, "VTEC"),
        references=tuple(_references(item.text("references"))),
        geometry=polygons(item.element),
        url=item.text("id") or f"https://api.weather.gov/alerts/{identifier}",
        fragment=item.fragment,
    )
    severity_level(alert.severity)
    centroid(alert.geometry)
    return alert if nws.is_hazard(alert) else None


def _parameter(item: Item, name: str) -> str:
    """A parameter's value, first of that name; "" where there is none."""
    pairs = item.element.iterfind(".//{*}parameter")
    return next((text(pair, "value") for pair in pairs if text(pair, "valueName") == name), "")


def _zones(item: Item) -> Iterator[str]:
    for pair in item.element.iterfind(".//{*}geocode"):
        if text(pair, "valueName") in ("UGC", "SAME"):
            yield from (f"{text(pair, 'valueName')}:{zone}" for zone in text(pair, "value").split())


def _references(stated: str) -> Iterator[nws.Reference]:
    """ "sender,identifier,sent sender,identifier,sent …" Raises `RecordError`."""
    for triple in stated.split():
        parts = triple.split(",")
        if len(parts) != 3:
            raise RecordError("references", triple, "sender,identifier,sent")
        yield nws.Reference(parts[1], utc(parts[2], field="references"))
