"""
NOAA SWPC: the solar flares of the past week, as GOES sees them in X-rays (0.1-0.8 nm).

The recorded file is that of the latest flare; the list of a week has the same columns, by its public
description.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import Source, each, reject_payload
from terraloom.sources.space_weather import goes
from terraloom.sources.space_weather.metrics import FIELD
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc

PEAK_FLUX = Metric(
    id="solar_flare_peak_flux",
    title="Solar flare, greatest X-ray flux",
    unit="W/m2",
    low=1e-8,
    high=1e-2,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="At the time of the peak: 1e-6 is class C1, 1e-5 M1, 1e-4 X1.",
)
FLUENCE = Metric(
    id="solar_flare_fluence",
    title="Solar flare, X-ray energy",
    unit="J/m2",
    low=0.0,
    high=100.0,
    field=FIELD,
    aggregate=Aggregate.SUM,
    description="Flux of the whole flare, at the time when it began.",
)
UNKNOWN = frozenset({"", "Unk"})


class Flare(Struct):
    satellite: int
    begin_time: str
    max_time: str | None
    end_time: str | None
    max_xrlong: float | None  # W/m2
    current_int_xrlong: float | None = None  # J/m2, from the beginning on


class SwpcGoesFlares(Source):
    """A flare is kept once it has ended: until then its peak moves, and would leave values behind."""

    info = goes.info(
        "flares",
        "Solar flares",
        "xray-flares-7-day",
        PEAK_FLUX,
        FLUENCE,
        homepage="https://www.spaceweather.gov/products/goes-x-ray-flux",
        folder="swpc-goes-xray",
    )

    def recognises(self, payload: Payload) -> bool:
        return payload.body.lstrip()[:1] == b"[" and b'"max_xrlong"' in payload.body[:2000]

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            flares, damage = split_json(payload.body, "")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        for found in each(flares, self.read):
            yield from [found] if isinstance(found, Reject) else found
        yield from damage

    def read(self, fragment: bytes) -> list[Station | Observation]:
        """The satellite and what it saw of one flare; nothing of one that goes on. Raises `RecordError`."""
        flare = msgspec.json.decode(fragment, type=Flare)
        if (flare.end_time or "") in UNKNOWN or (flare.max_time or "") in UNKNOWN:
            return []
        station = Station(id=f"goes/{flare.satellite}", kind="spacecraft")
        values = (
            (PEAK_FLUX, utc(flare.max_time, field="max_time"), flare.max_xrlong),
            (FLUENCE, utc(flare.begin_time, field="begin_time"), flare.current_int_xrlong),
        )
        seen = [
            Observation(metric=metric.id, station=station.id, time=at, value=value)
            for metric, at, value in values
            if value is not None
        ]
        return [station, *seen]
