"""
NOAA NDBC: pressure gauges on the ocean floor that see tsunamis pass (DART), https://www.ndbc.noaa.gov/dart/dart.shtml.

A text for each gauge: height of the water above it every 15 minutes, every minute or quarter of one while an
event lasts; tides included. Only the address says which gauge; where it stands, and whether it reports, the
list of all stations. MM and 9999 are missing. Built from the description of the files.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import msgspec

from terraloom.errors import FetchError, RecordError
from terraloom.records import Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Fetcher, Source, SourceInfo, each, reject_payload
from terraloom.sources.declared import Field, Format, Table, read_table, recognises
from terraloom.sources.ocean.metrics import FIELD
from terraloom.sources.splitting import XmlRecord, split_xml
from terraloom.sources.values import lonlat

STATIONS = "https://www.ndbc.noaa.gov/activestations.xml"
DATA = "https://www.ndbc.noaa.gov/data/realtime2"
WANTED = (
    "21413",  # off Japan
    "21418",
    "23401",  # Bay of Bengal
    "32401",  # off Chile
    "32411",  # off Panama
    "32412",  # off Peru
    "41420",  # Caribbean, north of Puerto Rico
    "42409",  # Gulf of Mexico
    "43412",  # off Mexico
    "44402",  # off New York
    "46402",  # Aleutians
    "46404",  # off Oregon
    "46407",
    "46409",  # Gulf of Alaska
    "46411",  # off California
    "51407",  # Hawaii
    "52402",  # off the Marianas
    "55012",  # Coral Sea
)
"""One or two for each subduction zone, of about forty that report."""

COLUMN_HEIGHT = Metric(
    id="water_column_height",
    title="Height of the water above the ocean floor",
    unit="m",
    low=100.0,
    high=11_000.0,
    field=FIELD,
    description="By the pressure on a gauge on the floor; tides included.",
)
_GAUGE = re.compile(r"/([0-9A-Za-z]+)\.dart\b")


class NdbcDart(Source):
    info = SourceInfo(
        id="ndbc-dart",
        title="Tsunami gauges of the deep ocean (DART)",
        provider="NOAA NDBC",
        agency="ndbc",
        url=f"{DATA}/{WANTED[0]}.dart",
        every="1h",
        emits=Observation,
        metrics=(COLUMN_HEIGHT,),
        licence="public domain",
        citation="NOAA National Data Buoy Center: Deep-ocean Assessment and Reporting of Tsunamis (DART)",
        homepage="https://www.ndbc.noaa.gov/dart/dart.shtml",
        rate_per_minute=30.0,
    )
    table = Table(
        format=Format.TEXT,
        header="#YY",
        time=("YY", "MM", "DD", "hh", "mm", "ss"),
        time_format="%Y %m %d %H %M %S",
        place=Station(id="ndbc/unstated", title="Gauge that its address does not name"),
        fields=(Field("HEIGHT", COLUMN_HEIGHT, missing=("MM", "9999.000")),),
    )

    def fetch(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        """The list of stations, then each wanted gauge that reports; one that fails costs no other."""
        return self._fetch_reporting(fetcher)

    async def _fetch_reporting(self, fetcher: Fetcher) -> AsyncIterator[Payload]:
        listed = await fetcher.get(STATIONS, kind="stations", conditional=False)
        if listed is None:
            return
        yield listed
        failures: list[FetchError] = []
        for gauge in reporting(listed):
            try:
                payload = await fetcher.get(f"{DATA}/{gauge}.dart")
            except FetchError as failure:
                failures.append(failure)
                continue
            if payload is not None:
                yield payload
        if failures:
            raise failures[0]

    def recognises(self, payload: Payload) -> bool:
        return recognises(payload, self.table)

    def parse(self, payload: Payload) -> Iterator[Record]:
        if payload.body.lstrip().startswith(b"<"):
            yield from read_stations(payload)
            return
        named = _GAUGE.search(payload.url)
        place = Station(id=f"ndbc/{named[1]}") if named else self.table.place
        for found in read_table(payload, msgspec.structs.replace(self.table, place=place), self.info.agency):
            if not isinstance(found, Station):  # where it is, the list of stations tells
                yield found


def reporting(listed: Payload) -> list[str]:
    """The wanted gauges that report, as the list of stations says."""
    active = {
        station.id.partition("/")[2] for station in read_stations(listed) if isinstance(station, Station)
    }
    return [gauge for gauge in WANTED if gauge in active]


def read_stations(payload: Payload) -> Iterator[Station | Reject]:
    """The gauges that report."""
    try:
        found, damage = split_xml(payload.body, "station")
    except UNREADABLE as error:
        yield reject_payload(payload, error)
        return
    yield from each((one for one in found if b'dart="y"' in one.fragment), read_station)
    yield from damage


def read_station(record: XmlRecord) -> Station:
    element = record.element()
    code, name = element.get("id"), element.get("name", "")
    if not code:
        raise RecordError("id", code, "the code of a station")
    lon, lat = lonlat(element.get("lon"), element.get("lat"))
    return Station(id=f"ndbc/{code}", title=f"{name} (tsunami gauge)".strip(), lon=lon, lat=lat)
