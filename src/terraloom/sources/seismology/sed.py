"""
SED, the Swiss Seismological Service: earthquakes in and around Switzerland, as FDSN event text.

http://eida.ethz.ch/fdsnws/event/1/. Ids are resource identifiers with slashes, of which the last part is
kept; depth is negative above sea level; `Catalog` is empty; the 14th column tells quarry blasts from
earthquakes.
"""

from __future__ import annotations

from terraloom.records import Payload
from terraloom.sources.base import SourceInfo
from terraloom.sources.seismology.fdsn import FdsnSource
from terraloom.sources.seismology.quakeml import Dialect


class SedEarthquakes(FdsnSource):
    """http, as the service is registered with the FDSN."""

    info = SourceInfo(
        id="sed-earthquakes",
        title="Earthquakes in and around Switzerland, latest",
        provider="SED",
        agency="sed",
        url="http://eida.ethz.ch/fdsnws/event/1/query?format=text&orderby=time&limit=100",
        every="5m",
        licence="CC BY 4.0",
        citation="Swiss Seismological Service (SED) at ETH Zurich, doi:10.12686/sed/networks/ch",
        homepage="http://www.seismo.ethz.ch/",
        folder="fdsn-misc",
        priority=25,
        time_resolution_s=1.0,
        position_error_km=0.0,
    )
    dialect = Dialect(agency="sed")

    def owns(self, payload: Payload) -> bool:
        return b"ch.ethz.sed" in payload.body[:4096]
