"""
NOAA GML: global monthly means of carbon dioxide, https://gml.noaa.gov/ccgg/trends/gl_data.html.

Built from the description of the file; newer ones have uncertainties beside the means.
"""

from __future__ import annotations

from terraloom.sources.climate import gml
from terraloom.sources.climate.metrics import CARBON_DIOXIDE_MONTHLY, CARBON_DIOXIDE_TREND
from terraloom.sources.declared import DeclaredSource


class GmlCo2Global(DeclaredSource):
    info, table = gml.global_means(
        "co2-global",
        "Carbon dioxide, global means",
        "co2",
        (CARBON_DIOXIDE_MONTHLY, CARBON_DIOXIDE_TREND),
        "Lan, X., P. Tans, K.W. Thoning: Trends in globally-averaged CO2, NOAA GML, doi:10.15138/9N0H-ZH07",
    )
