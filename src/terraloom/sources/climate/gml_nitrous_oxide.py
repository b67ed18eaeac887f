"""
NOAA GML: global monthly means of nitrous oxide, https://gml.noaa.gov/ccgg/trends_n2o/.

Built from the description of the file.
"""

from __future__ import annotations

from terraloom.sources.climate import gml
from terraloom.sources.climate.metrics import gas
from terraloom.sources.declared import DeclaredSource

METRICS = gas("nitrous_oxide", "Nitrous oxide", "[ppb]", low=200, high=1000)


class GmlNitrousOxide(DeclaredSource):
    info, table = gml.global_means("nitrous-oxide", "Nitrous oxide, global means", "n2o", METRICS)
