"""
GEOFON of the GFZ Potsdam: earthquakes worldwide through its FDSN event service.

https://geofon.gfz.de/fdsnws/event/1/. No recording of the service's text is at hand: the columns are those
of the FDSN standard, and ids look like ``gfz2026abcd`` (GEOFON's public description). Epicentres are
published to 0.01 degrees, so that rounding alone moves them by up to 0.8 km. QuakeML is read as well; the
recording of that is a regional catalogue made with GEOFON's software, whose events keep their ids.
"""

from __future__ import annotations

from terraloom.records import Payload
from terraloom.sources.base import SourceInfo
from terraloom.sources.seismology.fdsn import FdsnSource, looks_like
from terraloom.sources.seismology.quakeml import Dialect
from terraloom.sources.seismology.quakeml import looks_like as is_quakeml


class GfzEarthquakes(FdsnSource):
    info = SourceInfo(
        id="gfz-earthquakes",
        title="GEOFON earthquakes",
        provider="GFZ Helmholtz Centre for Geosciences",
        agency="gfz",
        url="https://geofon.gfz.de/fdsnws/event/1/query?format=text&orderby=time&limit=200",
        every="5m",
        licence="CC BY 4.0",
        citation="GEOFON Data Centre (1993): GEOFON Seismic Network, doi:10.14470/TR560404",
        homepage="https://geofon.gfz.de/",
        folder="gfz-geofon",
        priority=30,
        time_resolution_s=1.0,
        position_error_km=0.5,
    )
    dialect = Dialect(agency="gfz", relays=True, link="https://geofon.gfz.de/eqinfo/event.php?id={id}")

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body) or is_quakeml(payload.body)
