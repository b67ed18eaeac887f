"""
NOAA CO-OPS data retrieval, https://api.tidesandcurrents.noaa.gov/api/prod/: what its products share.

An answer does not say in which unit and zone it is, nor, for some products, which of them; predictions name
no station either. The address does. Errors, "No data was found" among them, come with HTTP 200.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Quality, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, each, reject_payload
from terraloom.sources.ocean import metrics as ocean
from terraloom.sources.splitting import split_json
from terraloom.sources.values import lonlat, optional_number, utc
from terraloom.sources.weather import metrics as weather

AGENCY = "coops"
DATA = "https://api.tidesandcurrents.noaa.gov/api/prod/datagetter"
UNSTATED = "unstated"
"""The code of the station where neither answer nor address has one."""

STATIONS = (
    "1612340",  # Honolulu
    "1630000",  # Apra Harbor, Guam
    "1770000",  # Pago Pago, American Samoa
    "1820000",  # Kwajalein, Marshall Islands
    "2695540",  # Bermuda
    "8443970",  # Boston
    "8518750",  # The Battery, New York
    "8638610",  # Sewells Point, Chesapeake Bay
    "8724580",  # Key West
    "8771450",  # Galveston
    "9410170",  # San Diego
    "9414290",  # San Francisco
    "9447130",  # Seattle
    "9455920",  # Anchorage
    "9755371",  # San Juan, Puerto Rico
)
"""Coasts of two oceans, most of them with a century of record."""


class Column(Struct, frozen=True):
    """A column of a product: what it measures, and its unit where the address asks for metric or English."""

    key: str
    metric: Metric
    metric_unit: str
    english_unit: str


class Product(Struct, frozen=True):
    """One product: the keys by which its rows are told, if any, and its columns."""

    marks: frozenset[str]
    columns: tuple[Column, ...]
    counts: int = 0  # how many of a row's flags are counts of outliers, before those that are doubts


PRODUCTS = {
    "water_level": Product(frozenset("vs"), (Column("v", ocean.WATER_LEVEL, "m", "[ft_i]"),), counts=1),
    "predictions": Product(frozenset(), (Column("v", ocean.TIDE, "m", "[ft_i]"),)),
    "currents": Product(
        frozenset("sdb"),
        (
            Column("s", ocean.CURRENT_SPEED, "cm/s", "[kn_i]"),
            Column("d", ocean.CURRENT_DIRECTION, "deg", "deg"),
        ),
    ),
    "wind": Product(
        frozenset({"s", "d", "dr"}),
        (
            Column("s", weather.WIND_SPEED, "m/s", "[kn_i]"),
            Column("d", weather.WIND_DIRECTION, "deg", "deg"),
            Column("g", weather.WIND_GUST, "m/s", "[kn_i]"),
        ),
    ),
    "air_temperature": Product(frozenset(), (Column("v", weather.AIR_TEMPERATURE, "Cel", "[degF]"),)),
    "water_temperature": Product(frozenset(), (Column("v", ocean.SEA_SURFACE_TEMPERATURE, "Cel", "[degF]"),)),
    "air_pressure": Product(frozenset(), (Column("v", weather.SURFACE_PRESSURE, "hPa", "hPa"),)),
}
ALIKE = ("air_temperature", "water_temperature", "air_pressure")
"""Products whose rows look the same: t, v, f."""


class Metadata(Struct):
    id: str
    name: str = ""
    lat: str = ""
    lon: str = ""


class Error(Struct):
    message: str


class Head(Struct):
    """An answer, but for its rows."""

    metadata: Metadata | None = None
    error: Error | None = None


class CoopsSource(Source):
    """Base of the sources, each with its `products`."""

    products: ClassVar[tuple[str, ...]]

    def recognises(self, payload: Payload) -> bool:
        if head(payload.body).error:
            return ALIKE[0] in self.products  # it does not tell of which product it is: one takes them all
        try:
            return product_of(payload, rows(payload)[0]) in self.products
        except UNREADABLE:
            return False

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            require_utc(payload)
            found, damage = rows(payload)
            product = PRODUCTS[product_of(payload, found)] if found else None
            station = station_of(payload)
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        if station.lon is not None:
            yield station
        if product is not None:
            for one in each(found, reader(product, station.id, asked(payload))):
                yield from [one] if isinstance(one, Reject) else one
        yield from damage


def described(
    thing: str, title: str, products: tuple[str, ...], url: str, *, every: str = "1h"
) -> SourceInfo:
    """The description of a source of `products`."""
    return SourceInfo(
        id=f"coops-{thing}",
        title=title,
        provider="NOAA CO-OPS",
        agency=AGENCY,
        url=url,
        every=every,
        emits=Observation,
        metrics=tuple(column.metric for name in products for column in PRODUCTS[name].columns),
        licence="public domain",
        citation="NOAA Center for Operational Oceanographic Products and Services",
        homepage="https://tidesandcurrents.noaa.gov/",
        folder="noaa-coops",
        extra_folders=("noaa-coops-tides",),
    )


def address(product: str, station: str, span: str) -> str:
    """Where a product of a station is had, metric and in UTC; `span` is the part of it that says when."""
    return (
        f"{DATA}?product={product}&station={station}&{span}"
        "&datum=MLLW&units=metric&time_zone=gmt&application=terraloom&format=json"
    )


def asked(payload: Payload) -> dict[str, str]:
    """What the payload's address asked for."""
    return dict(parse_qsl(urlsplit(payload.url).query))


def require_utc(payload: Payload) -> None:
    """Raise `RecordError` where the address asked for local times: an hour of autumn occurs twice in them."""
    zone = asked(payload).get("time_zone", "gmt")
    if zone != "gmt":
        raise RecordError("time_zone", zone, "gmt")


def head(body: bytes) -> Head:
    """Station and error of an answer; neither where it is damaged."""
    try:
        return msgspec.json.decode(body, type=Head)
    except UNREADABLE:
        return Head()


def rows(payload: Payload) -> tuple[list[bytes], list[Reject]]:
    """The rows, none where there is no data for them, and what is wrong with them. Raises `RecordError`."""
    error = head(payload.body).error
    if error is not None:
        if "No data was found" in error.message or "No Predictions data was found" in error.message:
            return [], []
        raise RecordError("error", error.message, "an answer to " + str(asked(payload)))
    try:
        return split_json(payload.body, "data")
    except RecordError:
        return split_json(payload.body, "predictions")


def product_of(payload: Payload, found: list[bytes]) -> str:
    """The product, by how its rows look, else by the address. Raises `RecordError`."""
    keys = columns_of(found)
    for name, product in PRODUCTS.items():
        if product.marks and product.marks <= keys:
            return name
    if "v" in keys and "f" not in keys:
        return "predictions"
    name = asked(payload).get("product", "")
    if name not in ALIKE:
        raise RecordError(
            "product", name or sorted(keys), "rows that tell their product, or an address that does"
        )
    return name


def columns_of(found: list[bytes]) -> frozenset[str]:
    """The keys of the first row that can be read."""
    for fragment in found:
        try:
            return frozenset(msgspec.json.decode(fragment, type=dict[str, Any]))
        except UNREADABLE:
            continue
    return frozenset()


def station_of(payload: Payload) -> Station:
    """The station with its place as the answer tells it, else as the address names it."""
    told = head(payload.body).metadata
    if told is None:
        return Station(id=f"{AGENCY}/{asked(payload).get('station', UNSTATED)}")
    lon, lat = lonlat(told.lon, told.lat)
    return Station(id=f"{AGENCY}/{told.id}", title=told.name, lon=lon, lat=lat)


def reader(product: Product, station: str, query: Mapping[str, str]) -> Callable[[bytes], list[Observation]]:
    """Reads a row: one observation of each column that has a value."""
    metric = query.get("units", "english") == "metric"  # English is what the service gives unasked

    def read(fragment: bytes) -> list[Observation]:
        row = msgspec.json.decode(fragment, type=dict[str, Any])
        at, quality = utc(row.get("t"), field="t"), quality_of(row, product, station)
        values = ((column, optional_number(column.key, row.get(column.key))) for column in product.columns)
        return [
            Observation(
                metric=column.metric.id,
                station=station,
                time=at,
                value=value,
                unit=column.metric_unit if metric else column.english_unit,
                quality=quality,
            )
            for column, value in values
            if value is not None
        ]

    return read


def quality_of(row: Mapping[str, Any], product: Product, station: str) -> Quality:
    """Suspect where one of the row's flags is up (a limit exceeded), or no one knows where it is from."""
    doubts = str(row.get("f", "")).split(",")[product.counts :]
    unknown = station == f"{AGENCY}/{UNSTATED}"
    return Quality.SUSPECT if unknown or "1" in doubts else Quality.GOOD
