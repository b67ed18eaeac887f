"""
NOAA NCEI: Pacific decadal oscillation by month, https://www.ncei.noaa.gov/access/monitoring/pdo/.

A title, a line of names, a year in each row; 99.99 is missing. Built from the description of the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from terraloom.records import Observation, Payload, Record, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo
from terraloom.sources.climate.metrics import index
from terraloom.sources.climate.months import MonthTable, header, read_months

PDO = index(
    "pacific_decadal_oscillation",
    "Pacific decadal oscillation",
    "Leading pattern of monthly sea surface temperature of the North Pacific, from ERSST v5.",
    limit=10.0,
)


class NceiPacificDecadalOscillation(Source):
    info = SourceInfo(
        id="ncei-pacific-decadal-oscillation",
        title="Pacific decadal oscillation",
        provider="NOAA NCEI",
        agency="ncei",
        url="https://www.ncei.noaa.gov/pub/data/cmb/ersst/v5/index/ersst.v5.pdo.dat",
        every="1d",
        emits=Observation,
        metrics=(PDO,),
        licence="public domain",
        citation="NOAA NCEI: Pacific Decadal Oscillation (ERSST v5)",
        homepage="https://www.ncei.noaa.gov/access/monitoring/pdo/",
    )
    table = MonthTable(
        metric=PDO,
        place=Station(id="ncei/north-pacific", title="North Pacific", kind="region"),
        missing=("99.99", "-99.99", "-9.90"),
    )

    def recognises(self, payload: Payload) -> bool:
        try:
            return header(payload.body.decode("utf-8-sig").splitlines(), self.table) >= 0
        except UNREADABLE:
            return False

    def parse(self, payload: Payload) -> Iterator[Record]:
        return read_months(payload, self.table)
