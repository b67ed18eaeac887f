"""
NOAA GML: carbon dioxide at Mauna Loa by month, since 1958, https://gml.noaa.gov/ccgg/trends/data.html.

Also read as Datahub re-packages it (https://github.com/datasets/co2-ppm), whose names do not fit: under
"Interpolated" stands the deseasonalised mean, under "Trend" the number of days, and rows are longer than the
line of names.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from terraloom.records import Observation, Payload, Record
from terraloom.sources.base import SourceInfo
from terraloom.sources.climate import gml
from terraloom.sources.climate.gml_co2_daily import MAUNA_LOA_CITATION
from terraloom.sources.climate.metrics import CARBON_DIOXIDE_MONTHLY, CARBON_DIOXIDE_TREND
from terraloom.sources.declared import DeclaredSource, Field, Format, Table, read_table, recognises


class GmlCo2Monthly(DeclaredSource):
    info = SourceInfo(
        id="gml-co2-monthly",
        title="Carbon dioxide at Mauna Loa, monthly",
        provider=gml.PROVIDER,
        agency=gml.AGENCY,
        url=f"{gml.DATA}/co2/co2_mm_mlo.csv",
        every="1d",
        emits=Observation,
        metrics=(CARBON_DIOXIDE_MONTHLY, CARBON_DIOXIDE_TREND),
        licence=gml.LICENCE,
        citation=MAUNA_LOA_CITATION,
        homepage="https://gml.noaa.gov/ccgg/trends/data.html",
        folder=gml.FOLDER,
    )
    table = Table(
        format=Format.CSV,
        time=("year", "month"),
        time_format="%Y %m",
        place=gml.MAUNA_LOA,
        fields=(
            Field("average", CARBON_DIOXIDE_MONTHLY, missing=gml.MISSING),
            Field("deseasonalized", CARBON_DIOXIDE_TREND, missing=gml.MISSING),
        ),
    )
    datahub = msgspec.structs.replace(
        table,
        time=("Date",),
        time_format="%Y-%m",
        fields=(
            Field("Average", CARBON_DIOXIDE_MONTHLY, missing=gml.MISSING),
            Field("Interpolated", CARBON_DIOXIDE_TREND, missing=gml.MISSING),
        ),
    )

    def recognises(self, payload: Payload) -> bool:
        return any(recognises(payload, table) for table in (self.table, self.datahub))

    def parse(self, payload: Payload) -> Iterator[Record]:
        table = self.datahub if recognises(payload, self.datahub) else self.table
        return read_table(payload, table, self.info.agency)
