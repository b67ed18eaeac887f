"""
What changed in the sky: alerts of the Zwicky Transient Facility, classified by the Fink broker,
https://fink-portal.org.

Its service answers with JSON (built from the public description); its streams carry the alerts in Avro, which
`terraloom replay` reads where the extra `avro` is installed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Raw

from terraloom.errors import MissingExtra, RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.astronomy.metrics import DECLINATION, FIELD, RIGHT_ASCENSION
from terraloom.sources.astronomy.time_scales import utc_of_julian_date
from terraloom.sources.base import Source, SourceInfo, each_of, reject_payload
from terraloom.sources.declared import Cells
from terraloom.sources.splitting import split_json
from terraloom.sources.values import optional_number

CLASSES = ("Early SN Ia candidate", "Kilonova candidate", "Microlensing candidate")
"""Some dozens of new objects a night; the whole stream has a hundred thousand."""
COLUMNS = (
    "i:objectId,i:candid,i:jd,i:fid,i:magpsf,i:isdiffpos,i:drb,i:ra,i:dec,d:rf_snia_vs_nonia,v:classification"
)
NEWEST = 50

MAGNITUDES = {
    number: Metric(
        id=f"ztf_{band}_magnitude",
        title=f"Transient: magnitude in ZTF {band}",
        unit="{mag}",
        low=5.0,
        high=25.0,
        field=FIELD,
        description="Of the difference from the reference image, where it is brighter than that.",
    )
    for number, band in enumerate("gri", start=1)
}
REAL = Metric(
    id="transient_real_score",
    title="Transient: score of being real",
    unit="1",
    low=0.0,
    high=1.0,
    field=FIELD,
    description="By ZTF's deep network (drb): 0 is an artefact of the image, 1 is of the sky.",
)
SUPERNOVA = Metric(
    id="transient_supernova_ia_score",
    title="Transient: score of being a type Ia supernova",
    unit="1",
    low=0.0,
    high=1.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    description="By Fink's random forest, early after the explosion; 0 also where it had too few points.",
)
SCORES = {
    "i:ra": RIGHT_ASCENSION,
    "i:dec": DECLINATION,
    "i:drb": REAL,
    "d:rf_snia_vs_nonia": SUPERNOVA,
}
AVRO = b"Obj\x01"


class FinkZtf(Source):
    """
    The newest alerts of `CLASSES`. Each object of the sky is a station; an alert is one exposure of it.
    Recorded streams (Avro) are read with the extra `avro`.
    """

    info = SourceInfo(
        id="fink-ztf",
        title="Transients in the sky",
        provider="Fink",
        agency="fink",
        url="https://api.ztf.fink-portal.org/api/v1/latests",
        every="1h",
        emits=Observation,
        metrics=(*MAGNITUDES.values(), *SCORES.values()),
        licence="free to use with credit (Fink and ZTF data policies)",
        citation="Möller et al. (2021): Fink, a new generation of broker, MNRAS 501, 3272",
        homepage="https://fink-portal.org/",
        folder="fink-ztf",
        rate_per_minute=6.0,
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        asked = f"n={NEWEST}&columns={quote(COLUMNS, safe='')}&output-format=json"
        return [f"{self.info.url}?class={quote(name)}&{asked}" for name in CLASSES]

    def recognises(self, payload: Payload) -> bool:
        if payload.body.startswith(AVRO):
            return b'"objectId"' in payload.body and b'"candid"' in payload.body
        return payload.body.lstrip().startswith(b"[") and b'"i:objectId"' in payload.body[:65_536]

    def parse(self, payload: Payload) -> Iterator[Record]:
        if payload.body.startswith(AVRO):
            yield from _read_avro(payload)
            return
        try:
            fragments, damage = split_json(payload.body, "")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        yield from each_of(fragments, _read_json)
        yield from damage


def _read_json(fragment: Raw) -> list[Record]:
    return read_alert(msgspec.json.decode(fragment, type=dict[str, Any]))


def read_alert(cells: Cells) -> list[Record]:
    """One alert by the names of Fink's service. Raises `RecordError`."""
    name, band = cells.get("i:objectId"), cells.get("i:fid")
    if not isinstance(name, str) or not name:
        raise RecordError("i:objectId", name, "the name of an object")
    if band not in MAGNITUDES:
        raise RecordError("i:fid", band, "1, 2 or 3 for the bands g, r and i")
    title = ", ".join(part for part in (name, cells.get("v:classification")) if part)
    at = utc_of_julian_date("i:jd", cells.get("i:jd"))  # the beginning of the exposure
    station = Station(id=f"fink/{name}", title=title, kind="object")
    brighter = str(cells.get("i:isdiffpos", "t")) in ("t", "1")
    columns = ({"i:magpsf": MAGNITUDES[band]} if brighter else {}) | SCORES
    values = [
        Observation(metric=metric.id, station=station.id, time=at, value=value)
        for column, metric in columns.items()
        if (value := optional_number(column, cells.get(column))) is not None
    ]
    return [station, *values]


def _read_avro(payload: Payload) -> Iterator[Record]:
    try:
        from fastavro import reader
    except ImportError:
        yield reject_payload(payload, MissingExtra("fastavro", "avro"))
        return
    found = list(_alerts(reader, payload.body))
    alerts = [one for one in found if isinstance(one, _Alert)]
    yield from each_of(alerts, lambda one: read_alert(one.cells()))
    yield from (one for one in found if isinstance(one, Reject))


def _alerts(reader: Callable[[io.BytesIO], Iterable[object]], body: bytes) -> Iterator[_Alert | Reject]:
    n = 0
    try:
        for alert in reader(io.BytesIO(body)):
            yield _Alert(alert)
            n += 1
    except Exception as error:  # it raises whatever its decoder trips over in damaged bytes
        yield Reject(where=f"record {n}", reason=f"no Avro from here on: {type(error).__name__}: {error}")


class _Alert:
    """An alert of a stream, by the names of the service."""

    def __init__(self, alert: object) -> None:
        self._alert = alert if isinstance(alert, Mapping) else {}

    def __bytes__(self) -> bytes:
        return str(self._alert.get("candid")).encode()  # the record itself is mostly images

    def cells(self) -> Cells:
        candidate = self._alert.get("candidate")
        stated = candidate if isinstance(candidate, Mapping) else {}
        return {
            **{f"i:{name}": value for name, value in stated.items()},
            "i:objectId": self._alert.get("objectId"),
            "d:rf_snia_vs_nonia": self._alert.get("rf_snia_vs_nonia"),
        }
