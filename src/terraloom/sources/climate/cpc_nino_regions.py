"""
NOAA CPC: sea surface temperature of the four Niño regions by month, https://www.cpc.ncep.noaa.gov/data/indices/.

From ERSST v5, against 1991 to 2020. All four anomalies are named ANOM. Built from the
description of the file.
"""

from __future__ import annotations

from terraloom.records import Observation, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.climate import cpc
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.ocean.metrics import SEA_SURFACE_TEMPERATURE, SEA_SURFACE_TEMPERATURE_ANOMALY


def region(code: str, place: str) -> Station:
    return Station(id=f"{cpc.AGENCY}/nino-{code}", title=f"Niño {code} ({place})", kind="region")


NINO_12 = region("1+2", "0 to 10 S, 80 to 90 W")
NINO_3 = region("3", "5 N to 5 S, 90 to 150 W")
NINO_4 = region("4", "5 N to 5 S, 160 E to 150 W")
NINO_34 = region("3.4", "5 N to 5 S, 120 to 170 W")


class CpcNinoRegions(DeclaredSource):
    info = SourceInfo(
        id="cpc-nino-regions",
        title="Sea surface temperature of the Niño regions",
        provider=cpc.PROVIDER,
        agency=cpc.AGENCY,
        url=f"{cpc.CPC}/data/indices/ersst5.nino.mth.91-20.ascii",
        every="1d",
        emits=Observation,
        metrics=(SEA_SURFACE_TEMPERATURE, SEA_SURFACE_TEMPERATURE_ANOMALY),
        licence=cpc.LICENCE,
        citation="NOAA Climate Prediction Center: monthly ERSST v5 of the Niño regions",
        homepage=f"{cpc.CPC}/data/indices/",
    )
    table = Table(
        format=Format.TEXT,
        time=("YR", "MON"),
        time_format="%Y %m",
        place=NINO_34,
        fields=(
            Field("NINO1+2", SEA_SURFACE_TEMPERATURE, place=NINO_12),
            Field("ANOM", SEA_SURFACE_TEMPERATURE_ANOMALY, place=NINO_12),
            Field("NINO3", SEA_SURFACE_TEMPERATURE, place=NINO_3),
            Field("ANOM.2", SEA_SURFACE_TEMPERATURE_ANOMALY, place=NINO_3),
            Field("NINO4", SEA_SURFACE_TEMPERATURE, place=NINO_4),
            Field("ANOM.3", SEA_SURFACE_TEMPERATURE_ANOMALY, place=NINO_4),
            Field("NINO3.4", SEA_SURFACE_TEMPERATURE),
            Field("ANOM.4", SEA_SURFACE_TEMPERATURE_ANOMALY),
        ),
    )
