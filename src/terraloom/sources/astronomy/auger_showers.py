"""
Air showers of the highest energies: the open data of the Pierre Auger Observatory, https://opendata.auger.org/.

Built from the public description; no file was at hand. The data are released (a tenth of all showers, now and
then a new release), not streamed: most days nothing is new. Of the zipped summaries the one of the main array
is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Station
from terraloom.sources.astronomy.metrics import DECLINATION, FIELD, RIGHT_ASCENSION
from terraloom.sources.astronomy.time_scales import utc_of_gps
from terraloom.sources.base import UNREADABLE, SourceInfo, reject_payload
from terraloom.sources.declared import DeclaredSource, Field, Format, Row, Table, read_rows, split
from terraloom.sources.values import number
from terraloom.sources.zipped import unzipped

MAX_BYTES = 100_000_000  # the summary has 20 MB

ENERGY = Metric(
    id="cosmic_ray_energy",
    title="Energy of a cosmic ray",
    unit="EeV",
    low=0.01,
    high=500.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    hourly=False,
)
ZENITH = Metric(
    id="cosmic_ray_zenith_angle",
    title="Zenith angle of an air shower",
    unit="deg",
    low=0.0,
    high=90.0,
    field=FIELD,
    hourly=False,
)


def _moment(text: str) -> datetime:
    """ "757112384 123456789": GPS seconds and nanoseconds. Raises `RecordError`."""
    seconds, _, nanoseconds = text.partition(" ")
    return utc_of_gps("gpstime", seconds, number("sd_gpsnanotime", nanoseconds, low=0.0, high=1e9))


class AugerShowers(DeclaredSource):
    """Each shower that the surface array recorded, at the microsecond when it reached the ground."""

    info = SourceInfo(
        id="auger-showers",
        title="Cosmic rays of the highest energies",
        provider="Pierre Auger Observatory",
        agency="auger",
        url="https://zenodo.org/records/10488964/files/summary.zip?download=1",
        every="1d",
        emits=Observation,
        metrics=(ENERGY, ZENITH, RIGHT_ASCENSION, DECLINATION),
        licence="CC BY-SA 4.0",
        citation="Pierre Auger Collaboration: Pierre Auger Open Data, doi:10.5281/zenodo.4487612",
        homepage="https://opendata.auger.org/",
        rate_per_minute=1.0,
    )
    table = Table(
        format=Format.CSV,
        time=("gpstime", "sd_gpsnanotime"),
        time_format=_moment,
        place=Station(
            id="auger/sd1500",
            title="Pierre Auger Observatory, surface array",
            lon=-69.2,
            lat=-35.2,
            elevation_m=1420.0,
        ),
        fields=(
            Field("sd_energy", ENERGY),
            Field("sd_theta", ZENITH),
            Field("sd_ra", RIGHT_ASCENSION),
            Field("sd_dec", DECLINATION),
        ),
    )

    def recognises(self, payload: Payload) -> bool:
        if payload.body.startswith(b"PK\x03\x04"):
            return b"dataSummarySD1500.csv" in payload.body
        return super().recognises(payload)

    def parse(self, payload: Payload) -> Iterator[Record]:
        try:
            body = unzipped(payload.body, "datasummarysd1500.csv", max_bytes=MAX_BYTES)
            rows, damage = split(body, self.table)
        except UNREADABLE as error:
            yield reject_payload(payload, error)
            return
        yield from read_rows(_once(rows), self.table, self.info.agency)
        yield from damage


def _once(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows of showers not seen before: one that several telescopes saw too has a row for each of them."""
    seen = set[bytes]()
    for fragment, cells_of in rows:
        name = fragment.partition(b",")[0]
        if name not in seen:
            seen.add(name)
            yield fragment, cells_of
