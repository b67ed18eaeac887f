"""
Gamma dose rate in Europe outside Germany: EURDEP, which about forty countries feed, as BfS hands it on.

Built from the public description of the WFS (layer ``eurdep_latestValue``); no answer is among the recorded
samples. A probe is there once for each of several spans that were looked through for its latest value; the
shortest is asked for. No licence is stated for this layer, so it is polled only where it is switched on.
"""

from __future__ import annotations

from terraloom.records import Observation
from terraloom.sources.air.bfs_gamma_dose import WFS, layout
from terraloom.sources.air.metrics import GAMMA_DOSE_RATE
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource


class EurdepGammaDose(DeclaredSource):
    """The latest hourly mean of about 5,000 probes; countries report with hours of delay, some daily."""

    info = SourceInfo(
        id="eurdep-gamma-dose",
        title="Gamma dose rate in Europe (EURDEP)",
        provider="EURDEP, through the Bundesamt für Strahlenschutz",
        agency="eurdep",
        url=WFS + "eurdep_latestValue&CQL_FILTER=analyzed_range_in_h=6",
        every="1h",
        emits=Observation,
        metrics=(GAMMA_DOSE_RATE,),
        licence="not stated; ask the national authorities before handing it on",
        citation="European Radiological Data Exchange Platform (EURDEP), European Commission, JRC",
        homepage="https://remon.jrc.ec.europa.eu/About/Rad-Data-Exchange",
        rate_per_minute=4,
        enabled=False,
    )
    table = layout("id")
