"""
NOAA CPC: Arctic oscillation by month since 1950, https://www.cpc.ncep.noaa.gov/products/precip/CWlink/daily_ao_index/ao.shtml.

Built from the description of the file.
"""

from __future__ import annotations

from terraloom.records import Station
from terraloom.sources.climate import cpc
from terraloom.sources.climate.metrics import index
from terraloom.sources.declared import DeclaredSource

INDEX = index(
    "arctic_oscillation",
    "Arctic oscillation",
    "Leading pattern of the height of 1000 hPa north of 20 N, standardised; positive: a tight polar vortex.",
    limit=10.0,
)


class CpcArcticOscillation(DeclaredSource):
    info, table = cpc.monthly_index(
        "arctic-oscillation",
        "Arctic oscillation",
        f"{cpc.CWLINK}/daily_ao_index/monthly.ao.index.b50.current.ascii",
        INDEX,
        Station(id="cpc/arctic", title="North of 20 N", kind="region"),
    )
