"""
USGS event detail: one event with all its products, and what PAGER makes of it.

Format: https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson_detail.php. Polled for the significant
earthquakes of the past week. A deleted event answers 409 Conflict, by the description of the FDSN service;
no sample shows it, so that part is built from the description. Such an answer says nothing, and only the
address of the request holds the id. 404 is no deletion: a gap in a cache gives it too, and a retraction at
the moment of the answer would outlast the event's next, older report.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import msgspec
from msgspec import Raw, Struct

from terraloom.errors import FetchError, RecordError
from terraloom.records import EventType, HazardReport, Measurement, Payload, Reject, ReportStatus, Severity
from terraloom.sources.base import UNREADABLE, Fetcher, SourceInfo, each, reject_payload
from terraloom.sources.seismology.usgs import (
    CITATION,
    EVENT_URL,
    GLOBAL_ERROR_KM,
    HOMEPAGE,
    LICENCE,
    Feature,
    UsgsSource,
    read_feature,
    severity,
)
from terraloom.sources.seismology.usgs_products import PAGER, Content, Product, measure, read_products
from terraloom.sources.splitting import split_json

GONE = (409, 410)
MISSING = 404


class _Products(Struct):
    products: Raw


class _Detail(Struct):
    """As little as tells a detail from a collection."""

    properties: _Products


class UsgsEarthquakesDetail(UsgsSource):
    info = SourceInfo(
        id="usgs-earthquakes-detail",
        title="Significant earthquakes, with ShakeMap, PAGER and moment tensor",
        provider="USGS",
        agency="usgs",
        url="https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/significant_week.geojson",
        every="5m",
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder="usgs-earthquakes",
        priority=15,
        time_resolution_s=1.0,
        position_error_km=GLOBAL_ERROR_KM,
    )

    async def _fetch_each(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        """
        The list, each detail that changed, and its PAGER. What fails is raised after all others were tried.
        """
        listed = await fetcher.get(self.info.url, conditional=False)  # its addresses are needed, new or not
        if listed is None:
            return
        yield listed
        failures = list[FetchError]()
        for url in _detail_urls(listed):
            try:
                async for payload in self._fetch_detail(fetcher, url):
                    yield payload
            except FetchError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    async def _fetch_detail(self, fetcher: Fetcher, url: str) -> AsyncIterator[Payload]:
        detail = await fetcher.get(url, kind="detail", accept_status=(*GONE, MISSING))
        if detail is None:
            return
        yield detail
        named = pager_url(detail)
        pager = await fetcher.get(named, kind="pager") if named else None
        if pager is not None:
            yield as_pager(pager)

    def recognises(self, payload: Payload) -> bool:
        if payload.status in GONE:
            return EVENT_URL.search(payload.url) is not None
        return _is_detail(payload.body)

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        if payload.status == 200 and not _is_detail(payload.body):
            yield from super().parse(payload)  # the list
            return
        try:
            yield from self._parse_one(payload)
        except UNREADABLE as error:
            yield reject_payload(payload, error)

    def _parse_one(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        if payload.status in GONE:
            yield _gone(self.info.id, payload)
        elif payload.status != 200:
            raise RecordError("status", payload.status, "200, or 409 for a deleted event")
        else:
            yield from _read_detail(self.info.id, payload.body)


def as_pager(payload: Payload) -> Payload:
    """
    A ``pager.xml`` as a payload of the source that reads it.

    PAGER keeps its own clock: under one source with the detail, which is dated later, it would be stale.
    """
    return msgspec.structs.replace(payload, source=PAGER)


def _is_detail(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=_Detail)
    except UNREADABLE:
        return False
    return True


def _detail_urls(listed: Payload) -> list[str]:
    """Addresses of the details that a list names; a feature that cannot be read names none."""
    try:
        features, _ = split_json(listed.body, "features")
    except RecordError:
        return []  # parsing the list says what is wrong with it
    found = each(features, lambda raw: msgspec.json.decode(raw, type=Feature).properties.detail)
    return [url for url in found if isinstance(url, str) and _is_usgs(url)]


def _is_usgs(url: str) -> bool:
    """Whether an address found in a payload is of the service that sent it; no other is ever asked."""
    return re.match(r"https?://earthquake\.usgs\.gov/", url) is not None


def pager_url(detail: Payload) -> str | None:
    """Address of the preferred ``pager.xml`` of a detail, or None where it has none or cannot be read."""
    try:
        products, _ = read_products(msgspec.json.decode(detail.body, type=_Detail).properties.products)
        files = msgspec.json.decode(products["losspager"].contents, type=dict[str, Content])
        url = files["pager.xml"].url
    except (*UNREADABLE, KeyError):
        return None
    return url if _is_usgs(url) else None


def _read_detail(source: str, body: bytes) -> Iterator[HazardReport | Reject]:
    feature = msgspec.json.decode(body, type=Feature)
    report = read_feature(source, body, feature)
    products, rejects = read_products(feature.properties.products)
    found = list(measure(products))
    measured = [*report.measurements, *(one for one in found if isinstance(one, Measurement))]
    yield msgspec.structs.replace(
        report,
        measurements=tuple(measured),
        severity_level=report.severity_level or _alert(products),
        position_error_km=_stated_error(measured) or report.position_error_km,
    )
    yield from (*rejects, *(one for one in found if isinstance(one, Reject)))


def _alert(products: dict[str, Product]) -> Severity | None:
    pager = products.get("losspager")
    return severity(pager.properties.get("alertlevel")) if pager else None


def _stated_error(measured: list[Measurement]) -> float | None:
    return next((m.value for m in measured if m.name == "horizontal_error"), None)


def _gone(source: str, payload: Payload) -> HazardReport:
    """A deletion. Nothing says when the event was, so that the moment of the answer stands for it."""
    match = EVENT_URL.search(payload.url)
    if match is None:
        raise RecordError("url", payload.url, "an address that names the event, as .../detail/<id>.geojson")
    when: datetime = payload.fetched_at
    return HazardReport(
        source=source,
        agency="usgs",
        source_event_id=match[1],
        event_type=EventType.EARTHQUAKE,
        title=f"{match[1]} (deleted)",
        onset=when,
        updated_at=when,
        status=ReportStatus.DELETED,
        fragment=payload.body,
    )
