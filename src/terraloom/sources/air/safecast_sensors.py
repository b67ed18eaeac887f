"""
Safecast: radiation and fine dust by sensors of volunteers, https://safecast.org/.

Three forms are read: the list of devices with their last values (what is polled; https://tt.safecast.org),
hits of the search behind the site (`hits.hits`), and the measurements of https://api.safecast.org, most of
them from drives. Tubes count, per minute; tubes of different make cannot be compared, so each has a metric,
and no dose is made of counts. A device whose clock was never set says ``2012-00-00T00:00:00Z``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.air.metrics import GAMMA_DOSE_RATE, PM1, PM2P5, PM10, RADIATION
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.declared import Field, read_fields
from terraloom.sources.splitting import split_json
from terraloom.sources.values import lonlat, number, optional_number, utc
from terraloom.sources.weather.metrics import AIR_TEMPERATURE, RELATIVE_HUMIDITY, SURFACE_PRESSURE


def counts(tube: str, title: str) -> Metric:
    """Counts per minute of one kind of tube."""
    return Metric(
        id=f"radiation_count_rate{tube}",
        title=f"Radiation counts{title}",
        unit="/min",
        low=0.0,
        high=1e6,
        field=RADIATION,
        description="Not a dose: how often a tube counts depends on its size and shielding.",
    )


ANY_TUBE = counts("", "")
TUBES = ("lnd_7318u", "lnd_7318c", "lnd_7128ec", "lnd_712u", "lnd_78017w")
FIELDS = (
    *(
        Field(tube, counts(f"_{tube}", f", {tube.upper().replace('_', ' ')}"), optional=True)
        for tube in TUBES
    ),
    Field("pms_pm01_0", PM1, optional=True),
    Field("pms_pm02_5", PM2P5, optional=True),
    Field("pms_pm10_0", PM10, optional=True),
    Field("env_temp", AIR_TEMPERATURE, optional=True),
    Field("env_humid", RELATIVE_HUMIDITY, optional=True),
    Field("env_press", SURFACE_PRESSURE, unit="Pa", optional=True),
)
UNITS = {"cpm": ANY_TUBE, "usv": GAMMA_DOSE_RATE, "usv/h": GAMMA_DOSE_RATE, "µsv/h": GAMMA_DOSE_RATE}
MOBILE = "geigiecast"  # is carried about; the others hang on walls
CLOCK_NOT_SET = "2012-00-00"


class SafecastSensors(Source):
    """The last values of all devices; one that fell silent stays in the list with its last."""

    info = SourceInfo(
        id="safecast-sensors",
        title="Radiation and fine dust (Safecast)",
        provider="Safecast",
        agency="safecast",
        url="https://tt.safecast.org/devices",
        every="5m",
        emits=Observation,
        metrics=(*(field.metric for field in FIELDS), ANY_TUBE, GAMMA_DOSE_RATE),
        licence="CC0",
        citation="Safecast, https://safecast.org/",
        homepage="https://safecast.org/",
        folder="safecast",
        rate_per_minute=4,
    )

    def recognises(self, payload: Payload) -> bool:
        body = payload.body
        return b'"device_urn"' in body or all(
            name in body for name in (b'"captured_at"', b'"device_id"', b'"unit"')
        )

    def parse(self, payload: Payload) -> Iterator[Record]:
        listed = payload.body.lstrip()[:1] == b"["
        try:
            fragments, damage = split_json(payload.body, "" if listed else "hits.hits")
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        told: dict[str, Station] = {}
        for n, fragment in enumerate(fragments):
            try:
                found = _read(fragment, f"record {n}")
            except UNREADABLE as error:
                yield Reject(where=f"record {n}", reason=str(error), fragment=fragment)
                continue
            for one in found:
                if not isinstance(one, Station) or told.get(one.id) != one:
                    yield one
                if isinstance(one, Station):
                    told[one.id] = one
        yield from damage


def _read(fragment: bytes, where: str) -> list[Record]:
    """The station and the values of one record. Raises `RecordError`, or what msgspec does."""
    cells = msgspec.json.decode(fragment, type=dict[str, Any])
    if "_source" in cells:
        cells = msgspec.convert(cells["_source"], dict[str, Any])
    if "captured_at" in cells:
        return _measurement(cells)
    if str(cells.get("when_captured") or CLOCK_NOT_SET).startswith(CLOCK_NOT_SET):
        return []
    station, lon, lat = _device(cells)
    at = utc(cells["when_captured"], field="when_captured")
    template = Observation(metric="", station=station.id, time=at, value=None, lon=lon, lat=lat)
    return [station, *read_fields(cells, FIELDS, template, where=where, fragment=fragment)]


def _device(cells: Mapping[str, Any]) -> tuple[Station, float | None, float | None]:
    """The device, and where it was where it moves."""
    urn = str(cells.get("device_urn") or "").strip()
    if not urn:
        raise RecordError("device_urn", cells.get("device_urn"), "the name of a device")
    title = str(cells.get("loc_name") or cells.get("device_sn") or "").strip()
    lon, lat = _place(cells.get("loc_lon"), cells.get("loc_lat"))
    if MOBILE in f"{cells.get('device_class')} {urn}":
        return Station(id=f"safecast/{urn}", title=title, kind="mobile"), lon, lat
    return Station(id=f"safecast/{urn}", title=title, lon=lon, lat=lat), None, None


def _place(lon: object, lat: object) -> tuple[float, float] | tuple[None, None]:
    """Where a device says that it is; nowhere before its first fix, which some write as 0, 0."""
    if optional_number("loc_lon", lon) in (None, 0.0) and optional_number("loc_lat", lat) in (None, 0.0):
        return None, None
    return lonlat(lon, lat)


def _measurement(cells: Mapping[str, Any]) -> list[Record]:
    metric = UNITS.get(str(cells.get("unit")).strip().lower())
    if metric is None or cells.get("captured_at") is None:
        return []  # temperatures and the like, and what has no time
    device = cells.get("device_id") or cells.get("user_id")
    if not isinstance(device, int | str):
        raise RecordError("device_id", device, "the number of a device, or of a user")
    kind = "device" if cells.get("device_id") else "user"
    station = Station(id=f"safecast/{kind}-{device}", title=f"Safecast {kind} {device}", kind="mobile")
    lon, lat = lonlat(cells.get("longitude"), cells.get("latitude"))
    return [station, _value(metric, station, utc(cells["captured_at"], field="captured_at"), cells, lon, lat)]


def _value(
    metric: Metric, station: Station, at: datetime, cells: Mapping[str, Any], lon: float, lat: float
) -> Observation:
    value = number("value", cells.get("value"))
    return Observation(metric=metric.id, station=station.id, time=at, value=value, lon=lon, lat=lat)
