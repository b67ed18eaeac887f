"""NOAA SWPC: geomagnetic indices of the past 30 days (Daily Geomagnetic Data), as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import structs

from terraloom.records import Aggregate, Metric, Payload, Record, Station
from terraloom.sources.declared import Field, Format, Table
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import FIELD, PLANETARY_A

LOCAL_K = Metric(
    id="k_index",
    title="K index of an observatory",
    unit="1",
    low=0.0,
    high=9.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="Disturbance of the magnetic field there in three hours, 0 (quiet) to 9.",
    hourly=False,
)
LOCAL_A = Metric(
    id="a_index",
    title="A index of an observatory",
    unit="1",
    low=0.0,
    high=400.0,
    field=FIELD,
    description="Disturbance of the magnetic field there in a day, linear.",
    hourly=False,
)
FREDERICKSBURG = Station(id="swpc/fredericksburg", title="Fredericksburg, Virginia", lon=-77.373, lat=38.205)
COLLEGE = Station(id="swpc/college", title="College, Alaska", lon=-147.86, lat=64.874)
_NOTHING = ("-1", "-1.00")
_EIGHT = range(8)


def _fields(place: Station) -> list[Field]:
    """Daily A and the eight K of an observatory."""
    daily = Field(f"A {place.id}", LOCAL_A, missing=_NOTHING, place=place)
    every3h = [
        Field(f"K{n} {place.id}", LOCAL_K, missing=_NOTHING, place=place, offset_h=3.0 * n) for n in _EIGHT
    ]
    return [daily, *every3h]


LOCAL = (*_fields(FREDERICKSBURG), *_fields(COLLEGE))


class SwpcDailyGeomagnetic(swpc.TextTable):
    """
    Missing K of Fredericksburg and College run together ("2-1-1-1"). The planetary K are those of
    `swpc-planetary-k`, and not read here.
    """

    info = swpc.info(
        "daily-geomagnetic",
        "Daily geomagnetic data",
        "/text/daily-geomagnetic-indices.txt",
        LOCAL_A,
        LOCAL_K,
        PLANETARY_A,
        every="1h",
        folder="swpc-text",
    )
    words = b"Daily Geomagnetic Data"
    table = Table(
        format=Format.TEXT,
        names=("Y", "M", "D", *(field.name for field in LOCAL), "A", *(f"K{n}" for n in _EIGHT)),
        time=("Y", "M", "D"),
        time_format="%Y %m %d",
        place=swpc.EARTH,
        comment="#:",
        fields=(*LOCAL, Field("A", PLANETARY_A, missing=_NOTHING)),
    )

    def recognises(self, payload: Payload) -> bool:
        return super().recognises(_apart(payload))

    def parse(self, payload: Payload) -> Iterator[Record]:
        return super().parse(_apart(payload))


def _apart(payload: Payload) -> Payload:
    return structs.replace(payload, body=re.sub(rb"(?<=\d)-(?=\d)", b" -", payload.body))
