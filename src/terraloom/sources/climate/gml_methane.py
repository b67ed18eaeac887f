"""
NOAA GML: global monthly means of methane, https://gml.noaa.gov/ccgg/trends_ch4/.

Built from the description of the file.
"""

from __future__ import annotations

from terraloom.sources.climate import gml
from terraloom.sources.climate.metrics import gas
from terraloom.sources.declared import DeclaredSource

METRICS = gas("methane", "Methane", "[ppb]", low=300, high=6000)


class GmlMethane(DeclaredSource):
    info, table = gml.global_means("methane", "Methane, global means", "ch4", METRICS)
