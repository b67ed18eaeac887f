"""
The IAGA-2002 exchange format of magnetic observatories, https://www.ncei.noaa.gov/node/2198.

Twelve lines of header and any of comments (`` Label   text  |``), a line that names the columns (``BOUX``:
observatory and element), then a line for each time. 99999 is missing, 88888 not recorded; longitudes are
0-360.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, reject_payload
from terraloom.sources.space_weather.metrics import FIELD
from terraloom.sources.values import lonlat, number, optional_number, utc


def _element(name: str, title: str, low: float, unit: str = "nT", high: float = 75_000.0) -> Metric:
    return Metric(
        id=f"geomagnetic_{name}", title=f"Geomagnetic {title}", unit=unit, low=low, high=high, field=FIELD
    )


ELEMENTS = {
    "X": _element("field_x", "field, northward", -75_000.0),
    "Y": _element("field_y", "field, eastward", -30_000.0, high=30_000.0),
    "Z": _element("field_z", "field, downward", -75_000.0),
    "F": _element("field_strength", "field, strength", 15_000.0),
    "H": _element("field_horizontal", "field, horizontal strength", 0.0),
    "E": _element("field_e", "field, towards magnetic east", -30_000.0, high=30_000.0),
    "D": _element("declination", "declination", -180.0, unit="deg", high=180.0),
    "I": _element("inclination", "inclination", -90.0, unit="deg", high=90.0),
    "G": _element("field_strength_difference", "field, scalar less vector strength", -1000.0, high=1000.0),
}
ANGLES = frozenset("DI")  # in minutes of arc
NONE = 88_888.0  # no field is as strong: not recorded, or missing
_FILE = re.compile(rb"^(?= Format )", re.MULTILINE)
_DECBAS = re.compile(rb"DECBAS\s+(\d{1,6})")


class Header(Struct, frozen=True):
    """What a file says of all its lines."""

    station: Station
    elements: tuple[str, ...]
    baseline_deg: float  # to be added to declinations


class Iaga2002(Source):
    """A source of such files: one observatory in a body, or several after each other."""

    def recognises(self, payload: Payload) -> bool:
        return b"IAGA-2002" in payload.body[:200]

    def parse(self, payload: Payload) -> Iterator[Record]:
        files = [one for one in _FILE.split(payload.body) if one.startswith(b" Format ")]
        if not files:
            yield reject_payload(
                payload, RecordError("header", payload.body[:80], "a line ` Format IAGA-2002`")
            )
        for n, one in enumerate(files):
            yield from self._read_file(one, n)

    def _read_file(self, body: bytes, n: int) -> Iterator[Record]:
        lines = body.splitlines()
        try:
            header = read_header([line for line in lines if line[:1] in (b" ", b"D")], self.info.agency)
        except UNREADABLE as error:
            yield Reject(where=f"header of file {n}", reason=str(error), fragment=body[:2000])
            return
        yield header.station
        for k, line in enumerate(line for line in lines if line[:1] not in (b" ", b"D", b"")):
            try:
                yield from read_line(line, header)
            except UNREADABLE as error:
                yield Reject(where=f"file {n}, record {k}", reason=str(error), fragment=line[:500])


def read_header(lines: list[bytes], agency: str) -> Header:
    """Station and columns of a file. Raises `RecordError`."""
    labels = {line[1:24].strip().lower(): line[24:].rstrip(b"| \r") for line in lines if line[:2] != b" #"}
    text = {name.decode("ascii", "replace"): said.decode("utf-8", "replace") for name, said in labels.items()}
    columns = (
        next((line for line in lines if line.startswith(b"DATE")), b"").decode("ascii", "replace").split()
    )
    code = text.get("iaga code", "").upper()
    if not code.isalnum() or len(columns) < 4:
        raise RecordError("header", sorted(text), "an IAGA code, and a line of columns that begins with DATE")
    lon, lat = lonlat(text.get("geodetic longitude"), text.get("geodetic latitude"), lon_360=True)
    station = Station(
        id=f"{agency}/{code}",
        title=text.get("station name", ""),
        lon=lon,
        lat=lat,
        elevation_m=optional_number("Elevation", text.get("elevation")),
    )
    elements = tuple(name.upper().removeprefix(code) for name in columns[3:] if name != "|")
    return Header(station, elements, _baseline_deg(text, lines))


def _baseline_deg(text: dict[str, str], lines: list[bytes]) -> float:
    """
    What declinations are relative to. In variation data of the USGS that is DECBAS, in tenths of minutes
    (geomag-algorithms, `StreamConverter`); elsewhere they are declinations.
    """
    base = _DECBAS.search(b"\n".join(line for line in lines if line[:2] == b" #"))
    relative = text.get("data type", "") == "variation" and "USGS" in text.get("source of data", "")
    return float(base[1]) / 600.0 if base and relative else 0.0


def read_line(line: bytes, header: Header) -> list[Observation]:
    """The values of one time, as stamped: the middle of the filter's window. Raises `RecordError`."""
    cells = line.decode("ascii").split()
    if len(cells) != 3 + len(header.elements):
        raise RecordError(
            "line", len(cells), f"date, time, day of the year and {len(header.elements)} values"
        )
    at = utc(f"{cells[0]} {cells[1]}", field="DATE TIME")
    found: list[Observation] = []
    for element, cell in zip(header.elements, cells[3:], strict=True):
        value, metric = number(element, cell), ELEMENTS.get(element)
        if abs(value) >= NONE:
            continue
        if metric is None:
            raise RecordError("element", element, "one of " + " ".join(ELEMENTS))
        if element in ANGLES:
            degrees = value / 60.0 + (header.baseline_deg if element == "D" else 0.0)
            value = (degrees + 180.0) % 360.0 - 180.0  # declinations may be given as 0-360
        found.append(Observation(metric=metric.id, station=header.station.id, time=at, value=value))
    return found
