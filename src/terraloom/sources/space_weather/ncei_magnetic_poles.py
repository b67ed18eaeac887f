"""
NOAA NCEI: where the Earth's magnetic dip poles are, by years since 1590.

https://www.ncei.noaa.gov/products/wandering-geomagnetic-poles: text, ``longitude latitude year`` (degrees
east 0-360, degrees north, 1590.000), from the models gufm1 to 1890 and IGRF since 1900. Not recorded; built
from the public description.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.space_weather.metrics import FIELD
from terraloom.sources.values import lonlat, number


def _coordinate(name: str, low: float, high: float) -> Metric:
    return Metric(
        id=f"magnetic_pole_{name}",
        title=f"Magnetic dip pole, {name}",
        unit="deg",
        low=low,
        high=high,
        field=FIELD,
        aggregate=Aggregate.LAST,
        description="Where the Earth's field is vertical, at the beginning of the year.",
        hourly=False,
    )


LATITUDE = _coordinate("latitude", -90.0, 90.0)
LONGITUDE = _coordinate("longitude", -180.0, 180.0)
NORTH = Station(id="ncei/north-magnetic-pole", title="North magnetic dip pole", kind="mobile")
SOUTH = Station(id="ncei/south-magnetic-pole", title="South magnetic dip pole", kind="mobile")
FILES = "https://www.ngdc.noaa.gov/geomag/data/poles"


class NceiMagneticPoles(Source):
    """
    A pole moves: latitude and longitude are its values, and the place of both. Years to come, to the end of
    the current model, are that model's predictions.
    """

    info = SourceInfo(
        id="ncei-magnetic-poles",
        title="Magnetic dip poles by years",
        provider="NOAA NCEI",
        agency="ncei",
        url=f"{FILES}/NP.xy",
        every="1d",
        emits=Observation,
        metrics=(LATITUDE, LONGITUDE),
        licence="public domain",
        citation="NOAA National Centers for Environmental Information: Wandering of the Geomagnetic Poles",
        homepage="https://www.ncei.noaa.gov/products/wandering-geomagnetic-poles",
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        return (f"{FILES}/NP.xy", f"{FILES}/SP.xy")

    def recognises(self, payload: Payload) -> bool:
        first = payload.body[:200].splitlines()[:1] or [b""]
        try:
            read_line(first[0])
        except UNREADABLE:
            return False
        return True

    def parse(self, payload: Payload) -> Iterator[Record]:
        lines = [line for line in payload.body.splitlines() if line.strip() and line[:1] != b"#"]
        told: set[str] = set()
        for n, line in enumerate(lines):
            try:
                at, lon, lat = read_line(line)
            except UNREADABLE as error:
                yield Reject(where=f"line {n}", reason=str(error), fragment=line[:500])
                continue
            station = NORTH if lat > 0 else SOUTH
            if station.id not in told:
                told.add(station.id)
                yield station
            for metric, value in ((LATITUDE, lat), (LONGITUDE, lon)):
                yield Observation(
                    metric=metric.id, station=station.id, time=at, value=value, lon=lon, lat=lat
                )
        if not lines:
            yield reject_payload(payload, RecordError("lines", payload.body[:80], "a pole by years"))


def read_line(line: bytes) -> tuple[datetime, float, float]:
    """Beginning of the year, longitude (-180..180) and latitude. Raises `RecordError`."""
    cells = line.decode("ascii", "replace").split()
    if len(cells) != 3:
        raise RecordError("line", line[:80], "longitude, latitude and year")
    lon, lat = lonlat(cells[0], cells[1], lon_360=True)
    year = number("year", cells[2], low=1.0, high=9998.0)
    return datetime(int(year), 1, 1, tzinfo=UTC), lon, lat
