"""
NOAA CPC: Antarctic oscillation by month since 1979, https://www.cpc.ncep.noaa.gov/products/precip/CWlink/daily_ao_index/aao/aao.shtml.

Built from the description of the file.
"""

from __future__ import annotations

from terraloom.records import Station
from terraloom.sources.climate import cpc
from terraloom.sources.climate.metrics import index
from terraloom.sources.declared import DeclaredSource

INDEX = index(
    "antarctic_oscillation",
    "Antarctic oscillation",
    "Leading pattern of the height of 700 hPa south of 20 S, standardised.",
    limit=10.0,
)


class CpcAntarcticOscillation(DeclaredSource):
    info, table = cpc.monthly_index(
        "antarctic-oscillation",
        "Antarctic oscillation",
        f"{cpc.CWLINK}/daily_ao_index/aao/monthly.aao.index.b79.current.ascii",
        INDEX,
        Station(id="cpc/antarctic", title="South of 20 S", kind="region"),
    )
