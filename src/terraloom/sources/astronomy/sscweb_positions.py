"""
Where spacecraft of space weather and the Moon are: NASA's Satellite Situation Center,
https://sscweb.gsfc.nasa.gov/WebServices/REST/.

An answer holds columns of coordinates and of times, one after the other, for each spacecraft. Frame: GSE,
geocentric solar ecliptic: x to the Sun, z to the ecliptic north pole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from lxml import etree

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Station
from terraloom.sources.astronomy.jpl import LICENCE
from terraloom.sources.astronomy.metrics import FIELD
from terraloom.sources.base import Source, SourceInfo, each_of, reject_payload
from terraloom.sources.splitting import XmlRecord, split_xml
from terraloom.sources.values import number, safe_xml, utc
from terraloom.sources.xmlfeed import find, looks_like, text

SPACECRAFT = ("ace", "dscovr", "wind", "soho", "themisa", "themisd", "themise", "mms1", "moon")
"""At L1 (the first four), in the magnetosphere, and the Moon itself."""
SPAN = timedelta(hours=6)
EVERY_NTH = 12  # of their own points, of 1 to 12 minutes

AXES = {
    axis: Metric(
        id=f"spacecraft_gse_{axis}",
        title=f"Spacecraft: GSE {axis}",
        unit="km",
        low=-1e7,
        high=1e7,
        field=FIELD,
        aggregate=Aggregate.LAST,
    )
    for axis in "xyz"
}
DISTANCE = Metric(
    id="spacecraft_geocentric_distance",
    title="Spacecraft: distance from the Earth's centre",
    unit="km",
    low=6400.0,
    high=1e7,
    field=FIELD,
)


class SscwebPositions(Source):
    """The past six hours of each of `SPACECRAFT`; what is not measured yet is predicted, later revised."""

    info = SourceInfo(
        id="sscweb-positions",
        title="Positions of spacecraft",
        provider="NASA SSC",
        agency="sscweb",
        url="https://sscweb.gsfc.nasa.gov/WS/sscr/2/locations",
        every="6h",
        emits=Observation,
        metrics=(*AXES.values(), DISTANCE),
        licence=LICENCE,
        citation="NASA Satellite Situation Center Web (SSCWeb)",
        homepage="https://sscweb.gsfc.nasa.gov/",
        folder="sscweb",
        rate_per_minute=6.0,
    )
    headers: ClassVar[Mapping[str, str]] = {"Accept": "application/xml"}
    columns_apart: ClassVar[bool] = True

    def addresses(self, now: datetime) -> Sequence[str]:
        span = f"{now - SPAN:%Y%m%dT%H0000Z},{now:%Y%m%dT%H0000Z}"
        return (f"{self.info.url}/{','.join(SPACECRAFT)}/{span}/gse/?resolutionFactor={EVERY_NTH}",)

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b"<Response", b"<CoordinateSystem>")

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            spacecraft, damage = split_xml(payload.body, "Data")
            if not spacecraft and not damage:
                raise _refusal(payload.body)
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        yield from each_of(spacecraft, self.read)
        yield from damage

    def read(self, record: XmlRecord) -> list[Record]:
        """All positions of one spacecraft. Raises `RecordError`."""
        data = record.element()
        code = text(data, "Id")
        if not code:
            raise RecordError("Id", code, "the code of a spacecraft")
        station = Station(id=f"{self.info.agency}/{code}", title=code, kind="spacecraft")
        times = [utc(one, field="Time") for one in _column(data, "Time")]
        frame = _frame(data)
        columns = [(metric, _column(frame, axis.upper())) for axis, metric in AXES.items()]
        columns.append((DISTANCE, _column(data, "RadialLength")))
        found: list[Record] = [station]
        for metric, values in columns:
            if len(values) != len(times):
                raise RecordError(metric.id, len(values), f"{len(times)} values, one for each time")
            found += [
                Observation(metric=metric.id, station=station.id, time=at, value=number(metric.id, value))
                for at, value in zip(times, values, strict=True)
            ]
        return found


def _frame(data: etree._Element) -> etree._Element:
    """The coordinates in GSE. Raises `RecordError`."""
    frames = data.findall("{*}Coordinates")
    stated = [text(frame, "CoordinateSystem") for frame in frames]
    for frame, name in zip(frames, stated, strict=True):
        if name.lower() == "gse":
            return frame
    raise RecordError("CoordinateSystem", stated, "Gse")


def _column(element: etree._Element, name: str) -> list[str]:
    return [(one.text or "").strip() for one in element.findall("{*}" + name)]


def _refusal(body: bytes) -> RecordError:
    """Why an answer holds no spacecraft, in the service's own words. Raises it where it is no XML."""
    root = safe_xml(body)
    result = find(root, "Result")
    said = text(root if result is None else result, "StatusText") or etree.QName(root).localname
    return RecordError("Data", said, "an answer with positions")
