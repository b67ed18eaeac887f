"""
Neutron Monitor Database: cosmic rays that reach the ground, by ten minutes.

https://www.nmdb.eu/nest/: the answer is a page; its ``pre`` holds comments (``#``), a line of station codes
in the order of the service, and a line for each time with values by semicolons, "null" where there is none.
The page is not recorded, and built from its public description; a recorded table has none around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.space_weather.metrics import FIELD
from terraloom.sources.values import optional_number, utc

COUNT_RATE = Metric(
    id="neutron_monitor_count_rate",
    title="Neutron monitor count rate",
    unit="1/s",
    low=0.1,
    high=5000.0,
    field=FIELD,
    description="Corrected for pressure and efficiency. It falls when a solar storm shields the Earth from "
    "cosmic rays, and rises when the Sun itself sends particles of high energy.",
)
PLACES = {  # code: name, degrees east and north (to a tenth or so), metres
    "AATB": ("Alma-Ata B", 76.9, 43.0, 3340),
    "APTY": ("Apatity", 33.4, 67.6, 181),
    "ATHN": ("Athens", 23.8, 38.0, 260),
    "BKSN": ("Baksan", 42.7, 43.3, 1700),
    "CALG": ("Calgary", -114.1, 51.1, 1123),
    "CALM": ("Castilla-La Mancha", -3.2, 40.6, 708),
    "DOMB": ("Dome C, bare", 123.3, -75.1, 3233),
    "DOMC": ("Dome C", 123.3, -75.1, 3233),
    "DRBS": ("Dourbes", 4.6, 50.1, 225),
    "FSMT": ("Fort Smith", -111.9, 60.0, 180),
    "INVK": ("Inuvik", -133.7, 68.4, 21),
    "JBGO": ("Jang Bogo", 164.2, -74.6, 29),
    "JUNG": ("Jungfraujoch, IGY", 8.0, 46.5, 3570),
    "JUNG1": ("Jungfraujoch, NM64", 8.0, 46.5, 3475),
    "KERG": ("Kerguelen", 70.3, -49.4, 33),
    "KIEL2": ("Kiel", 10.1, 54.3, 54),
    "LMKS": ("Lomnicky Stit", 20.2, 49.2, 2634),
    "MWSN": ("Mawson", 62.9, -67.6, 30),
    "MXCO": ("Mexico City", -99.2, 19.3, 2274),
    "NAIN": ("Nain", -61.7, 56.6, 46),
    "NANM": ("Nor-Amberd", 44.3, 40.4, 2000),
    "NEWK": ("Newark", -75.8, 39.7, 50),
    "OULU": ("Oulu", 25.5, 65.1, 15),
    "PSNM": ("Doi Inthanon", 98.5, 18.6, 2565),
    "PWNK": ("Peawanuck", -85.4, 55.0, 53),
    "ROME": ("Rome", 12.5, 41.9, 0),
    "SOPB": ("South Pole, bare", 0.0, -90.0, 2820),
    "SOPO": ("South Pole", 0.0, -90.0, 2820),
    "TERA": ("Terre Adelie", 140.0, -66.7, 32),
    "THUL": ("Thule", -68.7, 76.5, 26),
    "TXBY": ("Tixie Bay", 128.5, 71.4, 0),
    "YKTK": ("Yakutsk", 129.7, 62.0, 105),
}
ASKED = "OULU APTY KIEL2 JUNG ROME NEWK THUL INVK FSMT PSNM MXCO KERG TERA SOPO DOMC MWSN".split()
QUERY = (
    "formchk=1&tabchoice=revori&dtype=corr_for_efficiency&tresolution=10&force=1&yunits=0"
    "&date_choice=last&last_days=1&last_label=days_label&output=ascii"
)

_PRE = re.compile(rb"<pre><code>(.*?)(?:</code>|\Z)", re.DOTALL)
_ROW = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d;")
_CODES = re.compile(rb"[A-Z0-9]{3,6}(?:\s+[A-Z0-9]{3,6})*")


class NmdbNeutronMonitors(Source):
    """
    The past day of sixteen monitors, from pole to pole, in one request. The time is the beginning of the ten
    minutes. The institutes ask to be named; the answer's comments say how.
    """

    info = SourceInfo(
        id="nmdb-neutron-monitors",
        title="Neutron monitors",
        provider="NMDB",
        agency="nmdb",
        url="https://www.nmdb.eu/nest/draw_graph.php?"
        + "&".join([QUERY, *(f"stations[]={code}" for code in ASKED)]),
        every="1h",
        emits=Observation,
        metrics=(COUNT_RATE,),
        licence="free for non-commercial use, within the restrictions of the data providers",
        citation="NMDB database (www.nmdb.eu), EU FP7 contract 213007, and the PIs of the neutron monitors",
        homepage="https://www.nmdb.eu/nest/",
        folder="nmdb",
        rate_per_minute=2,
    )

    def recognises(self, payload: Payload) -> bool:
        codes, rows = _table(payload.body)
        return bool(codes) and bool(rows)

    def parse(self, payload: Payload) -> Iterator[Record]:
        codes, rows = _table(payload.body)
        if not codes or not rows:
            expected = "a line of station codes, and lines of times and values"
            yield reject_payload(payload, RecordError("table", payload.body[:80], expected))
            return
        yield from (station(code) for code in codes)
        for n, row in enumerate(rows):
            try:
                yield from read_row(row, codes)
            except UNREADABLE as error:
                yield Reject(where=f"record {n}", reason=str(error), fragment=row)


def station(code: str) -> Station:
    """A monitor, with its place where that is known."""
    title, lon, lat, height_m = PLACES.get(code, ("", None, None, None))
    return Station(id=f"nmdb/{code}", title=title, lon=lon, lat=lat, elevation_m=height_m)


def _table(body: bytes) -> tuple[list[str], list[bytes]]:
    """Station codes, and the lines below them."""
    page = _PRE.search(body)
    if page is None and b"<" in body[:1000]:
        return [], []  # the form instead of the data
    lines = (page[1] if page else body).splitlines()
    first = next((n for n, line in enumerate(lines) if _ROW.match(line)), len(lines))
    heads = [line.strip() for line in lines[:first] if line.strip() and not line.startswith(b"#")]
    if not heads or not _CODES.fullmatch(heads[-1]):
        return [], []
    return heads[-1].decode().split(), [line for line in lines[first:] if line.strip()]


def read_row(row: bytes, codes: Sequence[str]) -> list[Observation]:
    """The values of one time. Raises `RecordError`."""
    time, *cells = row.decode("ascii").split(";")
    if len(cells) != len(codes):
        raise RecordError("row", len(cells), f"{len(codes)} values")
    at = utc(time, field="start time")
    values = zip(codes, (optional_number("count rate", cell) for cell in cells), strict=True)
    return [
        Observation(metric=COUNT_RATE.id, station=f"nmdb/{code}", time=at, value=value)
        for code, value in values
        if value is not None
    ]
