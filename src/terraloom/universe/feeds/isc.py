"""www.isc.ac.uk: the bulletin as QuakeML. It refuses what is more than a thousand events."""

from __future__ import annotations

from datetime import timedelta
from xml.sax.saxutils import escape

from terraloom.universe.agencies import Version
from terraloom.universe.feeds import fdsn
from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.places import nearest

HOST = "www.isc.ac.uk"
MOST = 1000
HEAD = (
    "<?xml version='1.0' encoding='utf-8'?>\n"
    '<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">\n'
    '<eventParameters publicID="smi:ISC/bulletin"><description>ISC Bulletin</description>\n'
)
EVENT = """\
<event publicID="smi:ISC/evid={id}"><preferredOriginID>smi:ISC/origid={id}</preferredOriginID>
<type>earthquake</type><description><text>{place}</text><type>region name</type></description>
<origin publicID="smi:ISC/origid={id}"><time><value>{time}</value></time>
<latitude><value>{lat:.4f}</value></latitude><longitude><value>{lon:.4f}</value></longitude>
<depth><value>{depth_m:.1f}</value></depth><quality><usedPhaseCount>{phases}</usedPhaseCount></quality>
<creationInfo><author>ISC</author><creationTime>{updated}</creationTime></creationInfo></origin>
<magnitude publicID="smi:ISC/magid={id}"><mag><value>{size}</value></mag><type>{scale}</type>
<originID>smi:ISC/origid={id}</originID></magnitude></event>
"""
FOOT = "</eventParameters></q:quakeml>\n"


def feed(asked: Asked) -> Page | None:
    if asked.path != fdsn.QUERY:
        return None
    found = fdsn.matching(asked, "isc", timedelta(days=7))
    if not found:
        return fdsn.nothing()
    if len(found) > MOST:
        message = f"Request too large: {len(found)} events, at most {MOST}"
        return fdsn.refused(asked, HOST, 413, message)
    events = [_event(version) for _, version in found]
    return Page("".join([HEAD, *events, FOOT]).encode(), "application/xml")


def _event(version: Version) -> str:
    return EVENT.format(
        id=version.id,
        place=escape(nearest(version.lon, version.lat).country),
        time=version.onset.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        lat=version.lat,
        lon=version.lon,
        depth_m=version.depth_km * 1000,
        phases=version.phases,
        updated=version.updated.strftime("%Y-%m-%dT%H:%M:%S"),
        size=version.size,
        scale=version.solution,
    )
