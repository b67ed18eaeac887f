"""
cdaweb.gsfc.nasa.gov: a HAPI 2.0 server with the solar wind by the hour and a vector every five minutes.

As real ones do, it gives no more than so many records, says that all is well, and leaves the rest to whoever
notices. Of some weeks it has no record at all; a value that is missing is the fill, in single precision.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.sources.hapi import isotime
from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.instruments import HOUR, MINUTE, Instrument

HOST = "cdaweb.gsfc.nasa.gov"
BASE = "/hapi/"
MOST = 552  # records of one answer: of hours, 23 days
TOO_MANY = 9000  # records asked for: 1408
SERVED_TO = datetime(2019, 12, 31, 23, tzinfo=UTC)
LOST = (datetime(1983, 2, 5, tzinfo=UTC), datetime(1983, 3, 1, tzinfo=UTC))
MESSAGES = {
    1200: "OK",
    1201: "OK - no data for time range",
    1400: "Bad request - user input error",
    1402: "Bad request - syntax error in start time",
    1403: "Bad request - syntax error in stop time",
    1404: "Bad request - start equal to or after stop",
    1405: "Bad request - start < startDate and/or stop > stopDate",
    1406: "Bad request - unknown dataset id",
    1407: "Bad request - unknown dataset parameter",
    1408: "Bad request - too much time or data requested",
}


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter and what measures it: one instrument, or one for each number of a vector."""

    name: str
    units: str
    fill: str
    printed_fill: str
    instruments: tuple[Instrument, ...]


class Dataset(Struct, frozen=True, kw_only=True):
    start: datetime
    cadence: timedelta
    iso_cadence: str
    parameters: tuple[Parameter, ...]

    def times(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The times of all records of start ≤ t < end."""
        steps = (
            max(start, self.start) - self.start + self.cadence - timedelta(microseconds=1)
        ) // self.cadence
        at = self.start + steps * self.cadence
        while at < end and at <= SERVED_TO:
            if not LOST[0] <= at < LOST[1]:
                yield at
            at += self.cadence


def _one(
    dataset: str, name: str, units: str, fill: str, step: timedelta, *laws: Mapping[str, Any]
) -> Parameter:
    instruments = tuple(
        Instrument(source="omni-hourly", metric=f"{dataset}/{name}[{n}]", station=HOST, step=step, **law)
        for n, law in enumerate(laws)
    )
    printed = f"{float(fill) * (1 + 2e-8):.6g}" if "e" in fill else f"{float(fill) * (1 + 2e-8):.5f}"
    return Parameter(name=name, units=units, fill=fill, printed_fill=printed, instruments=instruments)


def _omni(name: str, units: str, fill: str, **law: Any) -> Parameter:
    return _one("omni", name, units, fill, HOUR, {"gaps": 0.05, "digits": 1, **law})


DATASETS = {
    "OMNI2_H0_MRG1HR": Dataset(
        start=datetime(1963, 1, 1, tzinfo=UTC),
        cadence=HOUR,
        iso_cadence="PT1H",
        parameters=(
            _omni("ABS_B1800", "nT", "999.9", base=6.0, chance=4.0, low=0.2),
            _omni("BX_GSE1800", "nT", "999.9", base=0.0, chance=5.0),
            _omni("BY_GSM1800", "nT", "999.9", base=0.0, chance=5.0),
            _omni("BZ_GSM1800", "nT", "999.9", base=0.0, chance=6.0),
            _omni("T1800", "Deg K", "9999999.", base=90_000.0, chance=70_000.0, digits=0),
            _omni("N1800", "Per cc", "999.9", base=6.0, chance=5.0, low=0.1),
            _omni("V1800", "Km/s", "9999.", base=430.0, chance=150.0, digits=0),
            _omni("Pressure1800", "nPa", "99.99", base=2.2, chance=1.8, low=0.1, digits=2),
            _omni("DST1800", "nT", "99999", base=-14.0, chance=30.0, digits=0),
            _omni("AE1800", "nT", "9999", base=200.0, chance=180.0, low=1.0, digits=0),
        ),
    ),
    "AC_H0_MFI": Dataset(
        start=datetime(1998, 1, 1, tzinfo=UTC),
        cadence=5 * MINUTE,
        iso_cadence="PT5M",
        parameters=(
            _one("ace", "Magnitude", "nT", "-1.0E31", 5 * MINUTE, {"base": 6.0, "chance": 4.0, "gaps": 0.1}),
            _one(
                "ace",
                "BGSEc",
                "nT",
                "-1.0E31",
                5 * MINUTE,
                *({"base": base, "chance": 4.0, "gaps": 0.1} for base in (1.0, -1.0, 0.0)),
            ),
        ),
    ),
}


def value(seed: int, instrument: Instrument, at: datetime) -> float | None:
    """What was measured; None where it is the fill. The truth that answers can be compared with."""
    return instrument.at(seed, at)


def feed(asked: Asked) -> Page | None:
    if not asked.path.startswith(BASE):
        return None
    name = asked.query.get("id", "")
    dataset = DATASETS.get(name)
    method = asked.path.removeprefix(BASE)
    if method == "capabilities":
        return _json(200, {"outputFormats": ["csv"], "status": _status(1200)})
    if method == "catalog":
        return _json(200, {"catalog": [{"id": one} for one in DATASETS], "status": _status(1200)})
    if method not in ("info", "data"):
        return None
    if dataset is None:
        return _refused(1406, 404)
    chosen = _chosen(dataset, asked.query.get("parameters", ""))
    if chosen is None:
        return _refused(1407)
    if method == "info":
        return _json(200, _header(dataset, chosen, 1200))
    return _data(asked, dataset, chosen)


def _data(asked: Asked, dataset: Dataset, chosen: tuple[Parameter, ...]) -> Page:
    span: list[datetime] = []
    for name, wrong in (("time.min", 1402), ("time.max", 1403)):
        try:
            span.append(isotime(asked.query.get(name, "")))
        except RecordError:
            return _refused(wrong)
    start, end = span
    if start >= end:
        return _refused(1404)
    if start < dataset.start or end > SERVED_TO + dataset.cadence:
        return _refused(1405)
    if (end - start) / dataset.cadence > TOO_MANY:
        return _refused(1408)
    times = list(dataset.times(start, end))
    header = json.dumps(_header(dataset, chosen, 1200 if times else 1201) | {"format": "csv"}, indent=2)
    lines = [f"#{line}" for line in header.splitlines()]
    lines += [_line(asked.seed, chosen, at) for at in times[:MOST]]
    return Page(("\n".join(lines) + "\n").encode(), "text/csv")


def _line(seed: int, chosen: tuple[Parameter, ...], at: datetime) -> str:
    cells = [
        parameter.printed_fill if (found := value(seed, instrument, at)) is None else f"{found}"
        for parameter in chosen
        for instrument in parameter.instruments
    ]
    return ",".join([f"{at:%Y-%m-%dT%H:%M:%S}.000Z", *cells])


def _chosen(dataset: Dataset, names: str) -> tuple[Parameter, ...] | None:
    """The parameters that are asked for, in the dataset's order; None where one is not there."""
    wanted = {name for name in names.split(",") if name} or {p.name for p in dataset.parameters}
    found = tuple(p for p in dataset.parameters if p.name in wanted)
    return found if len(found) == len(wanted - {"Time"}) else None


def _header(dataset: Dataset, chosen: tuple[Parameter, ...], code: int) -> dict[str, Any]:
    time = {"name": "Time", "type": "isotime", "units": "UTC", "length": 24, "fill": None}
    return {
        "HAPI": "2.0",
        "status": _status(code),
        "startDate": f"{dataset.start:%Y-%m-%dT%H:%M:%SZ}",
        "stopDate": f"{SERVED_TO:%Y-%m-%dT%H:%M:%SZ}",
        "cadence": dataset.iso_cadence,
        "parameters": [time, *(_described(parameter) for parameter in chosen)],
    }


def _described(parameter: Parameter) -> dict[str, Any]:
    size = {"size": [len(parameter.instruments)]} if len(parameter.instruments) > 1 else {}
    said = {"name": parameter.name, "type": "double", "units": parameter.units, "fill": parameter.fill}
    return said | size | {"description": f"Simulated {parameter.name}"}


def _status(code: int) -> dict[str, Any]:
    return {"code": code, "message": MESSAGES[code]}


def _refused(code: int, status: int = 400) -> Page:
    return _json(status, {"status": _status(code)})


def _json(status: int, body: dict[str, Any]) -> Page:
    return Page(json.dumps({"HAPI": "2.0"} | body).encode(), "application/json", status=status)
