"""
N0NBH's page of propagation, https://www.hamqsl.com/solar.html: how open each band is thought to be.

Band conditions are computed, good, fair or poor by day and by night; above 30 MHz a way is open or closed.
The ionosonde is Boulder's. Of the Sun's indices, which are SWPC's, those are read that mean the same as
there; the fluxes of particles state no energies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.radio.metrics import CRITICAL_FREQUENCY, FIELD, USABLE_FREQUENCY
from terraloom.sources.space_weather.metrics import (
    ESTIMATED_K,
    F107,
    FIELD_Z,
    PLANETARY_A,
    WIND_SPEED,
)
from terraloom.sources.space_weather.swpc_daily_solar import SWPC_SUNSPOT_NUMBER
from terraloom.sources.space_weather.swpc_goes_xray import LONG
from terraloom.sources.values import optional_number, refuse_dtd, rfc822, safe_xml

BAND_CONDITION = Metric(
    id="hf_band_condition",
    title="Condition of a short-wave band",
    unit="1",
    low=0.0,
    high=2.0,
    field=FIELD,
    description="0 poor, 1 fair, 2 good, computed from the Sun's flux and the disturbance of the field.",
)
VHF_OPENING = Metric(
    id="vhf_opening",
    title="Opening of a way above 30 MHz",
    unit="1",
    low=0.0,
    high=1.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="1 where sporadic E or aurora reflects, 0 where it does not.",
)
PLANET = Station(id="hamqsl/planet", title="Earth", kind="planet")
BOULDER = Station(id="hamqsl/boulder", title="Boulder, Colorado", lon=-105.3, lat=40.0)

SCALARS = {
    "solarflux": (F107, PLANET),
    "sunspots": (SWPC_SUNSPOT_NUMBER, PLANET),
    "aindex": (PLANETARY_A, PLANET),
    "kindex": (ESTIMATED_K, PLANET),
    "xray": (LONG, PLANET),
    "solarwind": (WIND_SPEED, PLANET),
    "magneticfield": (FIELD_Z, PLANET),
    "fof2": (CRITICAL_FREQUENCY, BOULDER),
    "muf": (USABLE_FREQUENCY, BOULDER),
}
CONDITIONS = {"poor": 0.0, "fair": 1.0, "good": 2.0}
MISSING = frozenset({"no report", "norpt"})
FLARES = {"A": 1e-8, "B": 1e-7, "C": 1e-6, "M": 1e-5, "X": 1e-4}  # W/m2 at 1.0 of each class

_LEAF = re.compile(rb"<([a-z0-9]+)((?:\s[^<>]*)?)>([^<]*)</\1\s*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'(\w+)\s*=\s*"([^"]*)"')


class Leaf(Struct, frozen=True):
    """An element that holds text alone, as it stands in the document."""

    fragment: bytes
    name: str
    attributes: Mapping[str, str]
    text: str

    def __bytes__(self) -> bytes:
        return self.fragment


class HamqslPropagation(Source):
    """Renewed every three hours, or so; `updated` is the time of all."""

    info = SourceInfo(
        id="hamqsl-propagation",
        title="Propagation on the amateur bands",
        provider="N0NBH (HamQSL)",
        agency="hamqsl",
        url="https://www.hamqsl.com/solarxml.php",
        every="1h",
        emits=Observation,
        metrics=(BAND_CONDITION, VHF_OPENING, *(metric for metric, _ in SCALARS.values())),
        licence="free with a link to https://www.hamqsl.com/",
        citation="Paul L. Herrman, N0NBH: solar-terrestrial data, https://www.hamqsl.com/solar.html",
        homepage="https://www.hamqsl.com/solar.html",
        folder="hamqsl",
        rate_per_minute=2,
    )

    def recognises(self, payload: Payload) -> bool:
        return b"<solardata" in payload.body[:4096]

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            refuse_dtd(payload.body)
            leaves = _leaves(payload.body)
            at = _updated(leaves)
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        yield from (PLANET, BOULDER)
        for found in each(leaves, lambda leaf: _read(leaf, at)):
            if isinstance(found, Reject):
                yield found
            elif found is not None:
                yield from found
        try:
            safe_xml(payload.body)
        except RecordError as error:
            yield reject_payload(payload, error)


def _leaves(body: bytes) -> list[Leaf]:
    """All elements without children, also of a document that was cut off."""
    return [
        Leaf(match[0], match[1].decode().lower(), dict(_ATTRIBUTE.findall(_text(match[2]))), _text(match[3]))
        for match in _LEAF.finditer(body)
    ]


def _text(part: bytes) -> str:
    return part.decode("utf-8", "replace").strip()


def _updated(leaves: list[Leaf]) -> datetime:
    """When the page was made, UTC: `` 15 Jan 2019 0442 GMT``. Raises `RecordError`."""
    stated = next((leaf.text for leaf in leaves if leaf.name == "updated"), "")
    return rfc822(re.sub(r"(\d\d)(\d\d) (GMT|UTC)$", r"\1:\2 \3", stated), field="updated")


def _read(leaf: Leaf, at: datetime) -> tuple[Record, ...] | None:
    """What a leaf measures; None where that is nothing, or nothing that is read."""
    if leaf.name == "band":
        return _condition(leaf, at)
    if leaf.name == "phenomenon":
        return _opening(leaf, at)
    if leaf.name not in SCALARS or leaf.text.lower() in MISSING:
        return None
    metric, station = SCALARS[leaf.name]
    value = _flux(leaf.text) if leaf.name == "xray" else optional_number(leaf.name, leaf.text)
    if value is None:
        return None
    return (Observation(metric=metric.id, station=station.id, time=at, value=value),)


def _flux(text: str) -> float | None:
    """A class of flares (``C2.4``) as W/m2. Raises `RecordError`."""
    if text[:1].upper() not in FLARES:
        return optional_number("xray", text)
    size = optional_number("xray", text[1:])
    return None if size is None else size * FLARES[text[0].upper()]


def _condition(leaf: Leaf, at: datetime) -> tuple[Record, ...]:
    band, time = leaf.attributes.get("name", ""), leaf.attributes.get("time", "")
    value = CONDITIONS.get(leaf.text.lower())
    if not band or not time or value is None:
        raise RecordError("band", leaf.fragment.decode("utf-8", "replace"), "a name, a time, and a condition")
    station = Station(id=f"hamqsl/{band}-{time}", title=f"{band}, by {time}", kind="planet")
    return station, Observation(metric=BAND_CONDITION.id, station=station.id, time=at, value=value)


def _opening(leaf: Leaf, at: datetime) -> tuple[Record, ...]:
    kind, where = leaf.attributes.get("name", ""), leaf.attributes.get("location", "")
    if not kind or not where or not leaf.text:
        raise RecordError(
            "phenomenon", leaf.fragment.decode("utf-8", "replace"), "a name, a location, a state"
        )
    place = where.replace("_", "-")
    station = Station(id=f"hamqsl/{kind.lower()}-{place}", title=f"{kind}, {place}", kind="region")
    value = 0.0 if leaf.text.lower() == "band closed" else 1.0
    return station, Observation(metric=VHF_OPENING.id, station=station.id, time=at, value=value)
