"""
KOERI, the Kandilli Observatory in Istanbul: earthquakes of the past day in and around Türkiye.

http://udim.koeri.boun.edu.tr/zeqmap/xmlt/son24saat.xml. ISO-8859-1, elements spelt ``<earhquake>``, text
padded with blanks, times to the second in Turkish time (UTC+3, all year) without saying so, positions to
0.0001 degrees, depth in km, one magnitude without its type. There is no time of update (the moment of
receipt stands for it; a line that a later one of the same list replaces counts as older) and no id.

So an id is derived: origin time to the second and the cell of 2 by 2 degrees. KOERI solves an event again
and again, and its lists keep former solutions as further lines: in eight months of 2025 (28,427 lines)
2,602 pairs of lines share the second within 60 km, 479 are one second apart, 43 two, 17 three, 10 four, 6
five, 3 six, none seven; then distinct events of swarms begin. Thus every report also lists the ids of the six
seconds before and after and, near the edge of its cell, of the cells beyond it: a revision is found under the
id of its predecessor. What shares the second but lies far away stays apart. Of the 28,427 lines this makes
25,276 events; none spans more than 6 s, three more than 60 km (docs/decisions/0203).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from msgspec import structs

from terraloom.records import EventType, HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.seismology import seismic
from terraloom.sources.values import lonlat, optional_number, utc
from terraloom.sources.xmlfeed import Item, read_items

TURKEY = timezone(timedelta(hours=3))

CELL_DEG = 2.0
MARGIN_DEG = 0.3  # 33 km north, 26 km east: 99 % of re-solutions move less
SECONDS = sorted(range(-6, 7), key=abs)  # own second first


class KoeriEarthquakes(Source):
    """http, since the host offers no other."""

    info = SourceInfo(
        id="koeri-earthquakes",
        title="Earthquakes in and around Türkiye, past day",
        provider="KOERI",
        agency="koeri",
        url="http://udim.koeri.boun.edu.tr/zeqmap/xmlt/son24saat.xml",
        every="5m",
        licence="free with attribution, not for commercial use (Kandilli Observatory)",
        citation="Boğaziçi University Kandilli Observatory and Earthquake Research Institute, Regional "
        "Earthquake-Tsunami Monitoring Center, doi:10.7914/SN/KO",
        homepage="http://www.koeri.boun.edu.tr/sismo/2/",
        folder="koeri",
        priority=35,
        time_resolution_s=1.0,
        position_error_km=0.0,
    )

    def recognises(self, payload: Payload) -> bool:
        return b"<eqlist" in payload.body[:512]

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        found = list(read_items(payload, "eqlist", "earhquake", lambda item: self.read(item, payload)))
        return iter(_dated(found))

    def read(self, item: Item, payload: Payload) -> HazardReport:
        """One line. Raises `RecordError`."""
        stated = item.element.attrib
        lon, lat = lonlat(stated.get("lng"), stated.get("lat"))
        onset = utc(stated.get("name"), zone=TURKEY, field="name")
        magnitude = optional_number("mag", stated.get("mag"))
        place = str(stated.get("lokasyon", "")).strip()
        own, *others = ids(onset, lon, lat)
        return HazardReport(
            source=self.info.id,
            agency="koeri",
            source_event_id=own,
            event_type=EventType.EARTHQUAKE,
            title=seismic.title(magnitude, place),
            description=place,
            onset=onset,
            updated_at=payload.fetched_at,
            lon=lon,
            lat=lat,
            depth_km=optional_number("Depth", stated.get("Depth")),
            magnitude=magnitude,
            also_ids=tuple(others),
            fragment=item.fragment,
        )


def _dated(found: list[HazardReport | Reject]) -> list[HazardReport | Reject]:
    """`found`, with lines that a later line replaces dated to their origin time, the oldest they can be."""
    later, dated = set[str](), list[HazardReport | Reject]()
    for one in reversed(found):
        if isinstance(one, HazardReport):
            replaced = not later.isdisjoint((one.source_event_id, *one.also_ids))
            later.add(one.source_event_id)
            dated.append(structs.replace(one, updated_at=one.onset) if replaced else one)
        else:
            dated.append(one)
    return dated[::-1]


def ids(onset: datetime, lon: float, lat: float) -> list[str]:
    """The id of a solution (first), then those under which an earlier solution of it may be known."""
    cells = [(north, east) for north in _cells(lat) for east in _cells(lon)]
    moments = [onset + timedelta(seconds=shift) for shift in SECONDS]
    return [f"{moment:%Y%m%dT%H%M%SZ}-{north}-{east}" for moment in moments for north, east in cells]


def _cells(degrees: float) -> list[int]:
    """The southern or western edge of the cell, then that of a neighbour within the margin."""
    own = math.floor(degrees / CELL_DEG)
    near = (math.floor((degrees - MARGIN_DEG) / CELL_DEG), math.floor((degrees + MARGIN_DEG) / CELL_DEG))
    return [int(cell * CELL_DEG) for cell in dict.fromkeys((own, *near))]
