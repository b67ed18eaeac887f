"""
USGS water services: WaterML in JSON, https://waterservices.usgs.gov/docs/.

A series for each gauge and parameter, in feet; times carry the gauge's zone, those of days none. The series
of a gauge with two sensors holds both: the first is read. Built from the description of the service.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec import Raw, Struct

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Quality, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, each, reject_payload
from terraloom.sources.splitting import split_json
from terraloom.sources.values import lonlat, number, utc
from terraloom.sources.water.metrics import DAILY_DISCHARGE, DISCHARGE, STAGE

SERVICES = "https://waterservices.usgs.gov/nwis"
GAUGES = (
    "01358000",  # Hudson, Green Island
    "01463500",  # Delaware, Trenton
    "01570500",  # Susquehanna, Harrisburg
    "01646500",  # Potomac, Washington
    "02226000",  # Altamaha, Doctortown
    "02320500",  # Suwannee, Branford
    "03612600",  # Ohio, Olmsted
    "05054000",  # Red River of the North, Fargo
    "06329500",  # Yellowstone, Sidney
    "06934500",  # Missouri, Hermann
    "07010000",  # Mississippi, St. Louis
    "07289000",  # Mississippi, Vicksburg
    "07374000",  # Mississippi, Baton Rouge
    "08475000",  # Rio Grande, Brownsville
    "09380000",  # Colorado, Lees Ferry
    "11447650",  # Sacramento, Freeport
    "13317000",  # Salmon, White Bird
    "14105700",  # Columbia, The Dalles
    "15565447",  # Yukon, Pilot Station
    "16704000",  # Wailuku, Hawaii
    "50055000",  # Río Grande de Loíza, Puerto Rico
)
"""The large rivers of the country, and one of each of its islands."""

UNITS = {"ft3/s": "[ft_i]3/s", "ft": "[ft_i]"}
DOUBTED = {"Eqp", "Mnt"}  # qualifiers: equipment malfunction, maintenance
MEAN = "00003"


class Coded(Struct):
    value: str


class Zone(Struct, frozen=True):
    zoneOffset: str = "+00:00"


class Zones(Struct, frozen=True):
    defaultTimeZone: Zone = Zone()


class Place(Struct):
    latitude: float
    longitude: float


class Geo(Struct):
    geogLocation: Place


class Site(Struct):
    siteName: str
    siteCode: list[Coded]
    geoLocation: Geo
    timeZoneInfo: Zones = Zones()


class Unit(Struct):
    unitCode: str | None = None
    unitAbbreviation: str | None = None  # until 2014


class Option(Struct, frozen=True):
    optionCode: str | None = None


class Options(Struct, frozen=True):
    option: tuple[Option, ...] = ()


class Variable(Struct):
    variableCode: list[Coded]
    unit: Unit
    noDataValue: float
    options: Options = Options()


class Sensor(Struct):
    value: list[Raw]


class Series(Struct):
    sourceInfo: Site
    variable: Variable
    values: list[Sensor]


class Reading(Struct):
    value: str
    dateTime: str
    qualifiers: list[str] = []


class UsgsWater(Source):
    """Base of the sources of instantaneous values and of daily means."""

    def recognises(self, payload: Payload) -> bool:
        try:
            found, _ = split_json(payload.body, "value.timeSeries")
            first = [metric_of(msgspec.json.decode(one, type=Series).variable) for one in found[:1]]
        except UNREADABLE:
            return False
        return bool(first) and first[0] in self.info.metrics

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            found, damage = split_json(payload.body, "value.timeSeries")
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        told = set[Station]()
        for one in each(found, read):
            if isinstance(one, Reject):
                yield one
                continue
            station, values = one
            if station not in told:
                told.add(station)
                yield station
            yield from values
        yield from damage


def described(thing: str, title: str, query: str, *, every: str, metrics: tuple[Metric, ...]) -> SourceInfo:
    """The description of a source that asks for all gauges with `query`."""
    return SourceInfo(
        id=f"usgs-{thing}",
        title=title,
        provider="USGS",
        agency="usgs",
        url=f"{SERVICES}/{query}&format=json&siteStatus=all&sites={','.join(GAUGES)}",
        every=every,
        emits=Observation,
        metrics=metrics,
        licence="public domain",
        citation="U.S. Geological Survey: National Water Information System, doi:10.5066/F7P55KJN",
        homepage="https://waterdata.usgs.gov/",
    )


def read(fragment: bytes) -> tuple[Station, list[Observation | Reject]]:
    """A gauge, and the values of one of its series."""
    one = msgspec.json.decode(fragment, type=Series)
    metric, unit = metric_of(one.variable), unit_of(one.variable)
    station = station_of(one.sourceInfo)
    readings = next((sensor.value for sensor in one.values if sensor.value), [])

    def value(raw: Raw) -> Observation | None:
        reading = msgspec.json.decode(raw, type=Reading)
        amount = number("value", reading.value)
        if amount == one.variable.noDataValue:
            return None
        return Observation(
            metric=metric.id,
            station=station.id,
            time=time_of(reading, one.sourceInfo),
            value=amount,
            unit=unit,
            quality=Quality.SUSPECT if DOUBTED.intersection(reading.qualifiers) else Quality.GOOD,
        )

    return station, [found for found in each(readings, value) if found is not None]


def metric_of(variable: Variable) -> Metric:
    """What a series measures. Raises `RecordError`."""
    code = variable.variableCode[0].value if variable.variableCode else ""
    mean = any(option.optionCode == MEAN for option in variable.options.option)
    if code == "00060":
        return DAILY_DISCHARGE if mean else DISCHARGE
    if code == "00065" and not mean:
        return STAGE
    raise RecordError("variableCode", f"{code}{' mean' if mean else ''}", "00060, 00060 mean or 00065")


def unit_of(variable: Variable) -> str:
    code = variable.unit.unitCode or variable.unit.unitAbbreviation or ""
    if code not in UNITS:
        raise RecordError("unitCode", code, " or ".join(UNITS))
    return UNITS[code]


def station_of(site: Site) -> Station:
    if not site.siteCode:
        raise RecordError("siteCode", site.siteCode, "the number of a gauge")
    where = site.geoLocation.geogLocation
    lon, lat = lonlat(where.longitude, where.latitude)
    return Station(id=f"usgs/{site.siteCode[0].value}", title=site.siteName, lon=lon, lat=lat)


def time_of(reading: Reading, site: Site) -> datetime:
    """When it was; a day begins in the gauge's standard time. Raises `RecordError`."""
    has_zone = len(reading.dateTime) > len("2026-08-10T00:00:00.000")
    zone = "" if has_zone else site.timeZoneInfo.defaultTimeZone.zoneOffset
    return utc(reading.dateTime + zone, field="dateTime")
