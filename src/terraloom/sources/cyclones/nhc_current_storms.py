"""NHC CurrentStorms.json: the storms that are active now."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.cyclones import nhc, storms
from terraloom.sources.splitting import split_json
from terraloom.sources.values import lonlat, optional_number, utc
from terraloom.sources.xmlfeed import looks_like


class Product(Struct):
    url: str = ""


class Storm(Struct, rename="camel"):
    """Intensity (kt) and pressure (hPa) are strings; any product may be null."""

    id: str
    name: str
    classification: str
    latitude_numeric: float
    longitude_numeric: float
    last_update: str
    intensity: str | float | None = None
    pressure: str | float | None = None
    movement_dir: float | None = None
    public_advisory: Product | None = None


class NhcCurrentStorms(Source):
    """
    Active storms with position, wind and pressure. `id` identifies a storm; bins (AT1) are reused.

    `movementSpeed` is left out, because its unit is not stated.
    """

    info = SourceInfo(
        id="nhc-current-storms",
        title="Active tropical cyclones (JSON)",
        provider="NHC",
        agency="nhc",
        url="https://www.nhc.noaa.gov/CurrentStorms.json",
        every="10m",
        licence=nhc.LICENCE,
        citation=nhc.CITATION,
        homepage=nhc.HOMEPAGE,
        folder="nhc",
        priority=20,
        position_error_km=10,
        rate_per_minute=12,
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b'"activeStorms"')

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            records, damage = split_json(payload.body, "activeStorms")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        yield from each(records, self._read)
        yield from damage

    def _read(self, fragment: bytes) -> HazardReport:
        storm = msgspec.json.decode(fragment, type=Storm)
        lon, lat = lonlat(storm.longitude_numeric, storm.latitude_numeric)
        fix = nhc.Fix(
            atcf=storms.atcf_id(storm.id),
            name=storm.name,
            stage=nhc.stage(storm.classification),
            lon=lon,
            lat=lat,
            at=utc(storm.last_update, field="lastUpdate"),
            wind_kt=nhc.wind("intensity", storm.intensity),
            pressure_hpa=nhc.pressure(storm.pressure),
            toward_deg=optional_number("movementDir", storm.movement_dir, low=0, high=360),
            url=storm.public_advisory.url if storm.public_advisory else "",
        )
        return nhc.report(self.info.id, fix, fragment)
