"""
What the products of a USGS event detail measure: origin, ShakeMap, PAGER, "Did You Feel It?", moment tensor.

https://earthquake.usgs.gov/data/comcat/ describes them. Every value in a product's `properties` is text. A
product type holds one product per contributor and, with ``includesuperseded``, all their former versions:
of each contributor (source and code) only the newest counts, a deleted one not at all, and of these the one
that weighs most is preferred. The order of the list is not relied on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Raw, Struct

from terraloom.errors import RecordError
from terraloom.records import Measurement, Reject
from terraloom.sources.base import UNREADABLE
from terraloom.sources.values import optional_number

PAGER = "usgs-pager"
"""The source that reads the files of the losspager product."""


class Product(Struct):
    source: str
    code: str
    updateTime: int
    status: str = "UPDATE"
    preferredWeight: float = 0.0
    properties: dict[str, str] = {}
    contents: Raw = Raw()  # files by name; an empty array where there are none


class Content(Struct):
    url: str = ""


# product type -> property -> (measurement, UCUM unit); PGA and PGV are left out, since their unit changed
# from percent to fractions of g between ShakeMap 3 and 4 without being stated.
MEASURED: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "origin": {
        "horizontal-error": ("horizontal_error", "km"),
        "vertical-error": ("depth_error", "km"),
        "eventtime-error": ("time_error", "s"),
        "magnitude-error": ("magnitude_error", "1"),
        "num-phases-used": ("phases_used", "{phase}"),
    },
    "shakemap": {"maxmmi": ("shakemap_max_mmi", "1")},
    "losspager": {"maxmmi": ("pager_max_mmi", "1")},
    "dyfi": {"maxmmi": ("dyfi_max_cdi", "1"), "num-responses": ("dyfi_responses", "{report}")},
    "moment-tensor": {
        "scalar-moment": ("scalar_moment", "N.m"),
        "derived-magnitude": ("moment_magnitude", "1"),
        "derived-depth": ("centroid_depth", "km"),
        "percent-double-couple": ("double_couple_share", "1"),
        "nodal-plane-1-strike": ("nodal_plane_1_strike", "deg"),
        "nodal-plane-1-dip": ("nodal_plane_1_dip", "deg"),
        "nodal-plane-1-rake": ("nodal_plane_1_rake", "deg"),
        "nodal-plane-2-strike": ("nodal_plane_2_strike", "deg"),
        "nodal-plane-2-dip": ("nodal_plane_2_dip", "deg"),
        "nodal-plane-2-rake": ("nodal_plane_2_rake", "deg"),
    },
}


def read_products(raw: Raw) -> tuple[dict[str, Product], list[Reject]]:
    """The preferred product of each type of `MEASURED`, and types that cannot be read."""
    preferred_of, rejects = dict[str, Product](), list[Reject]()
    kinds = msgspec.json.decode(raw, type=dict[str, Raw]) if bytes(raw) else {}
    for name in MEASURED:
        if name not in kinds:
            continue
        try:
            best = preferred(msgspec.json.decode(kinds[name], type=list[Product]))
        except UNREADABLE as error:
            rejects.append(Reject(where=f"product {name}", reason=str(error), fragment=bytes(kinds[name])))
            continue
        if best is not None:
            preferred_of[name] = best
    return preferred_of, rejects


def preferred(products: list[Product]) -> Product | None:
    """The product to show, or None where all are deleted."""
    newest = dict[tuple[str, str], Product]()
    for product in sorted(products, key=lambda p: p.updateTime):
        newest[product.source, product.code] = product
    living = [product for product in newest.values() if product.status.upper() != "DELETE"]
    return max(living, key=lambda p: (p.preferredWeight, p.updateTime, p.source, p.code), default=None)


def measure(products: Mapping[str, Product]) -> Iterator[Measurement | Reject]:
    """All numbers of `MEASURED`; a text that is none becomes a `Reject` of that value alone."""
    for name, columns in MEASURED.items():
        stated = products[name].properties if name in products else {}
        for key, (measurement, unit) in columns.items():
            try:
                value = optional_number(key, stated.get(key))
            except RecordError as error:
                yield Reject(where=f"product {name}", reason=str(error), fragment=stated[key].encode())
                continue
            if value is not None:
                yield Measurement(measurement, value, unit)
