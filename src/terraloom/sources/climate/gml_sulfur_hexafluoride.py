"""
NOAA GML: global monthly means of sulfur hexafluoride, https://gml.noaa.gov/ccgg/trends_sf6/.

Built from the description of the file.
"""

from __future__ import annotations

from terraloom.sources.climate import gml
from terraloom.sources.climate.metrics import gas
from terraloom.sources.declared import DeclaredSource

METRICS = gas("sulfur_hexafluoride", "Sulfur hexafluoride", "[pptr]", low=0, high=100, cf=False)


class GmlSulfurHexafluoride(DeclaredSource):
    info, table = gml.global_means("sulfur-hexafluoride", "Sulfur hexafluoride, global means", "sf6", METRICS)
