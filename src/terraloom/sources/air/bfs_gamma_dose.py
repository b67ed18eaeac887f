"""
Gamma dose rate at about 1,700 probes in Germany, hourly: BfS, https://odlinfo.bfs.de/.

Built from the public description of the WFS (layer ``odlinfo_odl_1h_latest``); no answer is among the
recorded samples.
"""

from __future__ import annotations

from terraloom.records import Observation
from terraloom.sources.air.metrics import GAMMA_DOSE_RATE
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource, Field, Format, Table

WFS = (
    "https://www.imis.bfs.de/ogc/opendata/ows?service=WFS&version=1.1.0&request=GetFeature"
    "&outputFormat=application/json&typeName=opendata:"
)


def layout(station: str) -> Table:
    """The layer's table; `station` is the property that names the probe."""
    return Table(
        format=Format.JSON,
        records="features",
        station=f"properties.{station}",
        title="properties.name",
        lon="geometry.coordinates.0",
        lat="geometry.coordinates.1",
        time=("properties.start_measure",),
        fields=(Field("properties.value", GAMMA_DOSE_RATE),),
    )


class BfsGammaDose(DeclaredSource):
    """Mean of the last whole hour; a probe that is out of order has a null."""

    info = SourceInfo(
        id="bfs-gamma-dose",
        title="Gamma dose rate in Germany (ODL)",
        provider="Bundesamt für Strahlenschutz",
        agency="bfs",
        url=WFS + "odlinfo_odl_1h_latest",
        every="1h",
        emits=Observation,
        metrics=(GAMMA_DOSE_RATE,),
        licence="Datenlizenz Deutschland, Namensnennung 2.0 (dl-de/by-2-0)",
        citation="Bundesamt für Strahlenschutz (BfS): ODL-Messnetz",
        homepage="https://odlinfo.bfs.de/ODL/EN/service/data-interface/data-interface_node.html",
        rate_per_minute=4,
    )
    table = layout("kenn")
