"""
Orbits of satellites and where they are above: https://celestrak.org/NORAD/documentation/gp-data-formats.php.

The same elements come as JSON, CSV and XML with the names of the CCSDS Orbit Mean-elements Message (OMM), and
as two-line elements (TLE), with or without a line of the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from lxml import etree

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.astronomy.metrics import ECCENTRICITY, FIELD, INCLINATION
from terraloom.sources.astronomy.orbits import MeanElements, geodetic, teme
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.declared import Cells, Format, Row, Table, split
from terraloom.sources.splitting import XmlRecord, split_xml
from terraloom.sources.values import number, utc

MEAN_MOTION = Metric(
    id="orbital_mean_motion",
    title="Satellite: mean motion",
    unit="{rev}/d",
    low=0.0,
    high=17.0,  # lower would be in the air
    field=FIELD,
    aggregate=Aggregate.LAST,
    hourly=False,
)
DRAG = Metric(
    id="satellite_bstar",
    title="Satellite: drag term B* of SGP4",
    unit="{1/earth_radius}",
    low=-1.0,
    high=1.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    hourly=False,
)
ALTITUDE = Metric(
    id="satellite_altitude",
    title="Satellite: height above the WGS 84 ellipsoid",
    unit="km",
    low=80.0,
    high=1e6,
    field=FIELD,
    aggregate=Aggregate.LAST,
    description="At the epoch of its elements, where they are best; the place is the point below it.",
    hourly=False,
)

OMM_JSON = Table(format=Format.JSON, time=("EPOCH",), fields=())
OMM_CSV = Table(format=Format.CSV, time=("EPOCH",), fields=())

_LINE_1 = re.compile(rb"^1 [ 0-9A-Z][ 0-9]{4}[A-Z ]", re.MULTILINE)


class CelestrakStations(Source):
    """Space stations and what is docked to them. CelesTrak asks not to be asked again within two hours."""

    info = SourceInfo(
        id="celestrak-stations",
        title="Space stations in orbit",
        provider="CelesTrak",
        agency="celestrak",
        url="https://celestrak.org/NORAD/elements/gp.php?GROUP=stations&FORMAT=json",
        every="6h",
        emits=Observation,
        metrics=(MEAN_MOTION, ECCENTRICITY, INCLINATION, DRAG, ALTITUDE),
        licence="free to use; elements of the US Space Force (public domain)",
        citation="CelesTrak (celestrak.org), GP data from the US Space Force's 18th Space Defense Squadron",
        homepage="https://celestrak.org/",
        folder="celestrak",
        rate_per_minute=1.0,
    )

    def recognises(self, payload: Payload) -> bool:
        head = payload.body[:4096]
        return _LINE_1.search(head) is not None or (b"NORAD_CAT_ID" in head and b"MEAN_MOTION" in head)

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            rows, damage = rows_of(payload.body)
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        for n, (fragment, cells_of) in enumerate(rows):
            try:
                yield from self.read(cells_of())
            except UNREADABLE as error:
                yield Reject(where=f"record {n}", reason=str(error), fragment=fragment)
        yield from damage

    def read(self, cells: Cells) -> list[Record]:
        """One satellite: its elements, and its height above the point below it. Raises `RecordError`."""
        elements = mean_elements(cells)
        catalogued = int(number("NORAD_CAT_ID", cells.get("NORAD_CAT_ID"), low=1, high=999_999_999))
        station = Station(
            id=f"{self.info.agency}/{catalogued}",
            title=str(cells.get("OBJECT_NAME") or "").strip(),
            kind="spacecraft",
        )
        stated = (
            (MEAN_MOTION, elements.mean_motion),
            (ECCENTRICITY, elements.eccentricity),
            (INCLINATION, elements.inclination),
            (DRAG, elements.bstar),
        )
        values = [
            Observation(metric=metric.id, station=station.id, time=elements.epoch, value=value)
            for metric, value in stated
        ]
        return [station, *values, *_above(elements, station)]


def _above(elements: MeanElements, station: Station) -> Iterator[Observation]:
    position = teme(elements, elements.epoch)
    if position is not None:
        lon, lat, height = geodetic(position, elements.epoch)
        yield Observation(
            metric=ALTITUDE.id, station=station.id, time=elements.epoch, value=height, lon=lon, lat=lat
        )


def mean_elements(cells: Cells) -> MeanElements:
    """The elements of a record with the names of OMM. Raises `RecordError` that names the field."""

    def stated(name: str, low: float = -1e9, high: float = 1e9) -> float:
        return number(name, cells.get(name), low=low, high=high)

    return MeanElements(
        epoch=utc(cells.get("EPOCH"), field="EPOCH"),
        mean_motion=stated("MEAN_MOTION"),
        eccentricity=stated("ECCENTRICITY"),
        inclination=stated("INCLINATION"),
        node=stated("RA_OF_ASC_NODE"),
        perigee=stated("ARG_OF_PERICENTER"),
        anomaly=stated("MEAN_ANOMALY"),
        bstar=stated("BSTAR"),
        mean_motion_dot=stated("MEAN_MOTION_DOT"),
        mean_motion_ddot=stated("MEAN_MOTION_DDOT"),
    )


def rows_of(body: bytes) -> tuple[Iterable[Row], list[Reject]]:
    """The records of any of the forms, unread, and what is wrong with the whole. Raises `RecordError`."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    if _LINE_1.search(body[:4096]):
        return _tle_rows(body.splitlines()), []
    if body.lstrip()[:1] == b"<":
        records, damage = split_xml(body, "omm")
        if not records and not damage:
            raise RecordError("xml", body[:80], "a document with `omm` messages")
        return [(bytes(record), _XmlCells(record)) for record in records], damage
    return split(body, OMM_CSV if body.lstrip()[:1] not in (b"[", b"{") else OMM_JSON)


class _XmlCells:
    """Reads all elements of a message that hold a text, by name."""

    def __init__(self, record: XmlRecord) -> None:
        self._record = record

    def __call__(self) -> Cells:
        named = self._record.element().iter(tag=etree.Element)
        return {etree.QName(one).localname: one.text.strip() for one in named if one.text}


class _TleCells:
    """Reads a pair of lines and the name above them."""

    def __init__(self, name: bytes, first: bytes, second: bytes) -> None:
        self._lines = name, first, second

    def __call__(self) -> Cells:
        name, first, second = (line.decode("ascii", "replace").rstrip() for line in self._lines)
        return tle_cells(name, first, second)


def _tle_rows(lines: Sequence[bytes]) -> Iterator[Row]:
    """Every line 1, with the line that follows it and the one before it, if that is a name."""
    for n, first in enumerate(lines):
        if not _LINE_1.match(first):
            continue
        name = lines[n - 1] if n and not re.match(rb"[12] ", lines[n - 1]) else b""
        second = lines[n + 1] if n + 1 < len(lines) else b""
        yield b"\n".join((name, first, second)), _TleCells(name, first, second)


def tle_cells(name: str, first: str, second: str) -> Cells:
    """
    Two-line elements with the names of OMM. Raises `RecordError`.

    Columns as in https://celestrak.org/NORAD/documentation/tle-fmt.php. A day has eight decimals, each
    864 µs, so that times are exactly those of the other forms.
    """
    _check(first, "1")
    _check(second, "2")
    if first[2:7] != second[2:7]:
        raise RecordError("line 2", second, f"the satellite of line 1, {first[2:7]}")
    return {
        "OBJECT_NAME": name.removeprefix("0 "),
        "NORAD_CAT_ID": _catalogued(first[2:7]),
        "EPOCH": _epoch(first[18:32]),
        "MEAN_MOTION_DOT": first[33:43].strip(),
        "MEAN_MOTION_DDOT": _assumed_point(first[44:52]),
        "BSTAR": _assumed_point(first[53:61]),
        "INCLINATION": second[8:16].strip(),
        "RA_OF_ASC_NODE": second[17:25].strip(),
        "ECCENTRICITY": "." + second[26:33].strip(),
        "ARG_OF_PERICENTER": second[34:42].strip(),
        "MEAN_ANOMALY": second[43:51].strip(),
        "MEAN_MOTION": second[52:63].strip(),
    }


def _check(line: str, which: str) -> None:
    """The last of 69 columns is the sum of all digits, and 1 for each minus sign, modulo 10."""
    summed = sum(int(sign) if sign.isdecimal() else sign == "-" for sign in line[:68])
    if len(line) != 69 or line[0] != which or line[68] != str(summed % 10):
        raise RecordError(
            f"line {which}", line[:80], f"69 columns that begin with {which} and end in their sum"
        )


def _catalogued(text: str) -> str:
    """A catalogue number; from 100,000 the first two digits are a letter (without I and O): A0001, Z9999."""
    head = "ABCDEFGHJKLMNPQRSTUVWXYZ".find(text[0])
    return text if head < 0 else f"{head + 10}{text[1:]}"


def _epoch(text: str) -> str:
    """ "24130.36689744", a year of 1957..2056 and its days from 1, as ISO 8601."""
    match = re.fullmatch(r"(\d\d)([ \d]{3})\.(\d{8})", text, re.ASCII)
    days = int(match[2].strip() or 0) if match else 0
    if match is None or not 1 <= days <= 366:
        raise RecordError("epoch", text, "a year, its day and its fraction such as 24130.36689744")
    year = int(match[1]) + (1900 if int(match[1]) >= 57 else 2000)
    start = datetime(year, 1, 1) + timedelta(days=days - 1, microseconds=int(match[3]) * 864)
    return start.isoformat()


def _assumed_point(text: str) -> str:
    """ "-27777-3" as "-.27777e-3"."""
    match = re.fullmatch(r"\s*([+-]?)\s*(\d{5})([+-]\d)\s*", text, re.ASCII)
    if match is None:
        raise RecordError("line 1", text, "digits and an exponent such as 27777-3")
    return f"{match[1]}.{match[2]}e{match[3]}"
