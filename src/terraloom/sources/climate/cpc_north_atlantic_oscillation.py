"""
NOAA CPC: North Atlantic oscillation by month since 1950, https://www.cpc.ncep.noaa.gov/products/precip/CWlink/pna/nao.shtml.

Built from the description of the file.
"""

from __future__ import annotations

from terraloom.records import Station
from terraloom.sources.climate import cpc
from terraloom.sources.climate.metrics import index
from terraloom.sources.declared import DeclaredSource

INDEX = index(
    "north_atlantic_oscillation",
    "North Atlantic oscillation",
    "Height of 500 hPa around the Azores against that around Iceland, standardised.",
    limit=10.0,
)


class CpcNorthAtlanticOscillation(DeclaredSource):
    info, table = cpc.monthly_index(
        "north-atlantic-oscillation",
        "North Atlantic oscillation",
        f"{cpc.CWLINK}/pna/norm.nao.monthly.b5001.current.ascii",
        INDEX,
        Station(id="cpc/north-atlantic", title="North Atlantic", kind="region"),
    )
