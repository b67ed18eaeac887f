"""
Any dataset of any HAPI server: each number of each parameter is a series of its own.

What a parameter means is known to its server alone. So the metric is only what its unit says (a magnetic
field, a speed, …), and the station is what is measured: ``hapi/<host>/<dataset>/<parameter>[i]``. In a unit
that is not known here the value is kept as given, flagged. A dataset that is worth metrics of its own gets a
source of its own (`omni_hourly` shows how).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.hapi import Column, HapiSource, Info, dataset_of, split_header
from terraloom.sources.space_weather.metrics import FIELD

LONGEST = 180  # characters of a station's code


def _quantity(what: str, title: str, unit: str) -> Metric:
    """A metric for whatever has this dimension. Its range only keeps out fills that were not declared."""
    words = "Of any parameter of a dataset that has no metrics of its own; the station says which."
    return Metric(
        id=f"dataset_{what}", title=title, unit=unit, low=-1e29, high=1e29, field=FIELD, description=words
    )


NUMBER = _quantity("number", "Numbers of datasets", "1")
QUANTITIES: Mapping[Metric, Sequence[str]] = {
    NUMBER: ("1", ""),
    _quantity("magnetic_field", "Magnetic fields of datasets", "nT"): ("nT", "uT", "T", "G", "pT"),
    _quantity("electric_field", "Electric fields of datasets", "mV/m"): ("mV/m", "V/m", "uV/m"),
    _quantity("speed", "Speeds of datasets", "km/s"): ("km/s", "m/s", "km/h"),
    _quantity("number_density", "Number densities of datasets", "cm-3"): ("cm-3", "m-3"),
    _quantity("temperature", "Temperatures of datasets", "K"): ("K", "Cel", "MK"),
    _quantity("energy", "Energies of datasets", "eV"): ("eV", "keV", "MeV", "GeV", "J"),
    _quantity("pressure", "Pressures of datasets", "nPa"): ("nPa", "Pa", "hPa"),
    _quantity("length", "Lengths and positions of datasets", "km"): ("km", "m", "cm"),
    _quantity("angle", "Angles of datasets", "deg"): ("deg", "rad"),
    _quantity("duration", "Durations of datasets", "s"): ("s", "ms", "min", "h", "d"),
    _quantity("frequency", "Frequencies of datasets", "Hz"): ("Hz", "kHz", "MHz"),
    _quantity("share", "Shares of datasets", "%"): ("%",),
}
OF_UNIT = {unit: metric for metric, units in QUANTITIES.items() for unit in units}
SPELT = {  # as servers write units, in lower case and without blanks: UCUM
    "km/s": "km/s", "kms-1": "km/s", "km/sec": "km/s", "m/s": "m/s",
    "degk": "K", "kelvin": "K", "k": "K", "degc": "Cel", "celsius": "Cel",
    "percc": "cm-3", "#/cc": "cm-3", "n/cc": "cm-3", "1/cc": "cm-3", "cm^-3": "cm-3", "cm-3": "cm-3",
    "1/cm3": "cm-3", "1/cm^3": "cm-3", "#/cm^3": "cm-3", "cm**-3": "cm-3", "m^-3": "m-3", "1/m^3": "m-3",
    "deg": "deg", "degree": "deg", "degrees": "deg", "radians": "rad",
    "ev": "eV", "kev": "keV", "gauss": "G", "nanotesla": "nT", "sec": "s", "seconds": "s", "second": "s",
    "dimensionless": "1", "unitless": "1", "none": "1", "n/a": "1", "percent": "%", "pct": "%",
}  # fmt: skip


class HapiDatasets(HapiSource):
    """Half of an answer may hold no record: a short one is mostly header."""

    info = SourceInfo(
        id="hapi-datasets",
        title="Datasets of HAPI servers (heliophysics)",
        provider="servers listed by hapi-server.org",
        agency="hapi",
        url="https://cdaweb.gsfc.nasa.gov/hapi/data?id=AC_H0_MFI&parameters=Magnitude,BGSEc&include=header",
        every="1d",
        emits=Observation,
        metrics=tuple(QUANTITIES),
        licence="that of the dataset",
        citation="that of the dataset; HAPI Data Access Specification, doi:10.5281/zenodo.4757597",
        homepage="https://hapi-server.org/servers/",
        folder="hapi",
        rate_per_minute=20,
        enabled=False,  # for `terraloom backfill`, which says which dataset of which server
    )
    dataset = ""
    fields: ClassVar = {}
    columns_apart = True

    def addresses(self, now: datetime) -> Sequence[str]:
        until = now - timedelta(days=60)
        span = f"time.min={until - timedelta(hours=1):%Y-%m-%dT%H:00:00Z}&time.max={until:%Y-%m-%dT%H:00:00Z}"
        return (f"{self.info.url}&{span}",)

    def recognises(self, payload: Payload) -> bool:
        try:
            names = {parameter.name for parameter in split_header(payload.body)[0].parameters}
        except RecordError:
            return False
        return bool(names) and not any(names & cls.fields.keys() for cls in HapiSource.__subclasses__())

    def meaning(self, column: Column, payload: Payload, info: Info) -> tuple[Metric, str, Station]:
        unit = ucum(column.unit)
        return OF_UNIT.get(unit, NUMBER), unit, _series(column, payload)


def ucum(given: str) -> str:
    """A server's unit by UCUM, where it is known here; otherwise as given."""
    return given if given in OF_UNIT else SPELT.get(given.lower().replace(" ", ""), given)


def _series(column: Column, payload: Payload) -> Station:
    host = urlsplit(payload.url).hostname or "unknown"
    name = "/".join((host, dataset_of(payload) or "unknown", column.name))
    title = ": ".join(part for part in (column.name, column.description) if part)
    return Station(id=f"hapi/{name[:LONGEST]}", title=title, kind="object")
