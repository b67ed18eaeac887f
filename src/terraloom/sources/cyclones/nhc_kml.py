"""NHC as KML: active storms, forecast track, best track; also zipped (KMZ)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec.structs import replace

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo, reject_payload
from terraloom.sources.cyclones import nhc, storms
from terraloom.sources.values import lonlat
from terraloom.sources.xmlfeed import Item, looks_like, read_items, text
from terraloom.sources.zipped import unzipped

MAX_KML = 20_000_000  # bytes; a KMZ that grows past this is refused
_ATCF_IN_TEXT = re.compile(r"\((?P<atcf>[A-Z]{2}\d{6})\)")
_UPDATED = re.compile(rb"Last Update:</B>\s*([^<]{10,40})")


class NhcKml(Source):
    """
    Positions in NHC's KML: each storm of the active list, the initial point of a forecast track, each fix
    of a best track. Forecast points are no reports.

    The active list gives local times without a year: that of its "Last Update", which is ISO or as of `date`.
    """

    info = SourceInfo(
        id="nhc-kml",
        title="Active tropical cyclones (KML)",
        provider="NHC",
        agency="nhc",
        url="https://www.nhc.noaa.gov/gis/kml/nhc_active.kml",
        every="10m",
        licence=nhc.LICENCE,
        citation=nhc.CITATION,
        homepage=nhc.HOMEPAGE,
        folder="nhc",
        priority=23,
        position_error_km=10,
        rate_per_minute=12,
        enabled=False,  # says what nhc-current-storms says
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b"<kml") or payload.body.startswith(b"PK\x03\x04")

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            payload = replace(payload, body=unzipped(payload.body, ".kml", max_bytes=MAX_KML))
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        if b'id="active"' in payload.body[:4096]:
            yield from read_items(payload, "kml", "ExtendedData", lambda item: self._active(item, payload))
        else:
            yield from self._track(payload)

    def _active(self, item: Item, payload: Payload) -> HazardReport | None:
        if not text(item.element, "atcfID"):
            return None  # the same values once more, as untyped Data
        lon, lat = lonlat(item.text("centerLon"), item.text("centerLat"))
        fix = nhc.Fix(
            atcf=storms.atcf_id(item.text("atcfID")),
            name=item.text("name"),
            stage=nhc.stage(item.text("type")),
            lon=lon,
            lat=lat,
            at=nhc.stated_time(item.text("dateTime"), near=last_update(payload.body)),
            wind_kt=nhc.knots_from_mph(
                nhc.quantity("maxSustainedWind", item.text("maxSustainedWind"), "mph")
            ),
            pressure_hpa=nhc.pressure(nhc.quantity("minimumPressure", item.text("minimumPressure"), "mb")),
            description=item.text("headline"),
        )
        return nhc.report(self.info.id, fix, item.fragment)

    def _track(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        seen: set[tuple[str, datetime]] = set()  # a forecast track states its start once per line
        for found in read_items(payload, "kml", "Placemark", self._placemark):
            if isinstance(found, HazardReport):
                if (found.source_event_id, found.onset) in seen:
                    continue
                seen.add((found.source_event_id, found.onset))
            yield found

    def _placemark(self, item: Item) -> HazardReport | None:
        if item.text("atcfdtg"):
            return nhc.report(self.info.id, _best_track_fix(item), item.fragment)
        said = {str(data.get("name")): text(data, "value") for data in item.element.iterfind(".//{*}Data")}
        if "TCInitLocation" not in said:
            return None
        return nhc.report(self.info.id, _initial_fix(said), item.fragment)


def _best_track_fix(item: Item) -> nhc.Fix:
    atcf = _ATCF_IN_TEXT.search(item.text("description"))
    if atcf is None:
        raise RecordError("description", item.text("description")[:80], "the storm's ATCF id in brackets")
    lon, lat = lonlat(item.text("lon"), item.text("lat"))
    return nhc.Fix(
        atcf=storms.atcf_id(atcf["atcf"]),
        name=item.text("stormName"),
        stage=nhc.stage(item.text("stormType")),
        lon=lon,
        lat=lat,
        at=_hour(item.text("atcfdtg")),
        wind_kt=nhc.wind("intensity", item.text("intensity")),
        pressure_hpa=nhc.pressure(item.text("minSeaLevelPres")),
    )


def _initial_fix(said: dict[str, str]) -> nhc.Fix:
    lon, lat = nhc.position(said["TCInitLocation"])
    return nhc.Fix(
        atcf=storms.atcf_id(said.get("atcfid", "")),
        name=said.get("stormName", ""),
        stage=nhc.stage(said.get("stormType", "")),
        lon=lon,
        lat=lat,
        at=nhc.stated_time(said.get("pubAdvTime", "")),
        wind_kt=nhc.wind("maxWindKnots", said.get("maxWindKnots")),
        gust_kt=nhc.wind("maxGustKnots", said.get("maxGustKnots")),
        pressure_hpa=nhc.pressure(said.get("minimumPressure")),
    )


def last_update(body: bytes) -> datetime:
    """When the list was made: "2025-08-13T19:41:21.037Z" or "Thu Sep  9 11:00:32 UTC 2021".

    Raises `RecordError`.
    """
    match = _UPDATED.search(body)
    stated = match[1].decode("ascii", "replace").strip() if match else ""
    for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%a %b %d %H:%M:%S UTC %Y"):
        try:
            return datetime.strptime(" ".join(stated.split()), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise RecordError("Last Update", stated, "a time such as 2025-08-13T19:41:21.037Z")


def _hour(text: str) -> datetime:
    try:
        if len(text) != 10:
            raise ValueError(text)
        return datetime.strptime(text, "%Y%m%d%H").replace(tzinfo=UTC)
    except ValueError:
        raise RecordError("atcfdtg", text, "a time as YYYYMMDDHH") from None
