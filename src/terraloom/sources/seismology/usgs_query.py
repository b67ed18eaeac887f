"""
USGS FDSN event query: a month of revised earthquakes, and those that were deleted.

https://earthquake.usgs.gov/fdsnws/event/1/. Without `starttime` the service takes the past 30 days, so that
the address needs no clock. Its answers are GeoJSON (as the summary feeds), QuakeML or CSV; a count has no
events in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import UNREADABLE, SourceInfo
from terraloom.sources.seismology import quakeml
from terraloom.sources.seismology.usgs import (
    CITATION,
    GLOBAL_ERROR_KM,
    HOMEPAGE,
    LICENCE,
    LINE,
    UsgsSource,
    stated_url,
)

QUERY = "https://earthquake.usgs.gov/fdsnws/event/1/query?format=geojson"


def _info(thing: str, title: str, url: str, *, every: str, line: str = "") -> SourceInfo:
    return SourceInfo(
        id=f"usgs-earthquakes-{thing}",
        title=title,
        provider="USGS",
        agency="usgs",
        url=url,
        every=every,
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder="usgs-earthquakes",
        line=line,
        priority=20,
        time_resolution_s=1.0,
        position_error_km=GLOBAL_ERROR_KM,
    )


class Count(Struct, forbid_unknown_fields=True):
    """The answer of ``/count``."""

    count: int
    maxAllowed: int


class UsgsEarthquakesMonth(UsgsSource):
    info = _info(
        "month",
        "Earthquakes of M 4.5 and more, past 30 days",
        f"{QUERY}&minmagnitude=4.5&orderby=time",
        every="1h",
        line=LINE,
    )

    def recognises(self, payload: Payload) -> bool:
        if _is_quakeml(payload.body) or _is_count(payload.body):
            return True
        stated = stated_url(payload)
        return "/fdsnws/event/1/query" in stated and "includedeleted=only" not in stated

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        if _is_count(payload.body):
            return iter(())
        if _is_quakeml(payload.body):
            return quakeml.parse(payload, DIALECT, self.info)
        return super().parse(payload)


class UsgsEarthquakesDeleted(UsgsSource):
    info = _info(
        "deleted", "Deleted earthquakes, past 30 days", f"{QUERY}&includedeleted=only&limit=2000", every="15m"
    )

    def recognises(self, payload: Payload) -> bool:
        return "includedeleted=only" in stated_url(payload)


DIALECT = quakeml.Dialect(agency="usgs", event_id=quakeml.anss_id)


def _is_quakeml(body: bytes) -> bool:
    return quakeml.looks_like(body) and b"://anss.org/xmlns/" in body[:2048]


def _is_count(body: bytes) -> bool:
    if len(body) > 200:
        return False
    try:
        msgspec.json.decode(body, type=Count)
    except UNREADABLE:
        return False
    return True
