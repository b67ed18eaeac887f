"""
INGV, the Italian national institute: earthquakes of Italy and its seas, through FDSN text and the Atom feed.

https://webservices.ingv.it/. The text spells its columns ``Depth/Km`` and writes "--" for nothing. The Atom
feed has neither depth nor a field for magnitude, which is read from the title. Positions have four
decimals; times are to the hundredth of a second in the text, to the second in the feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Payload, Reject
from terraloom.sources.base import SourceInfo
from terraloom.sources.seismology import quakeml, seismic
from terraloom.sources.seismology.fdsn import FdsnSource, looks_like
from terraloom.sources.seismology.quakeml import Dialect, short_id
from terraloom.sources.values import lonlat, number, utc
from terraloom.sources.xmlfeed import Item, read_items

LINK = "https://terremoti.ingv.it/event/{id}"

_TITLE = re.compile(
    r".*?UTC\s*-\s*Magnitude\s*\((?P<scale>\w*)\)\s*(?P<size>[-+\d.]+)\s*-\s*(?P<place>.*)", re.DOTALL
)


class IngvEarthquakes(FdsnSource):
    info = SourceInfo(
        id="ingv-earthquakes",
        title="Earthquakes in Italy, latest",
        provider="INGV",
        agency="ingv",
        url="https://webservices.ingv.it/fdsnws/event/1/query?format=text&orderby=time&limit=200",
        every="5m",
        licence="CC BY 4.0",
        citation="ISIDe, Italian Seismological Instrumental and Parametric Database, doi:10.13127/ISIDE",
        homepage="https://terremoti.ingv.it/",
        folder="ingv",
        extra_folders=("fdsn-ws",),
        priority=25,
        time_resolution_s=1.0,
        position_error_km=0.0,
    )
    dialect = Dialect(agency="ingv", link=LINK)

    def recognises(self, payload: Payload) -> bool:
        body = payload.body
        readable = looks_like(body) or quakeml.looks_like(body) or b"<feed" in body[:512]
        return readable and b"INGV" in body[:4096]

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        if b"<feed" in payload.body[:512]:
            return read_items(payload, "feed", "entry", self.read_entry)
        return super().parse(payload)

    def read_entry(self, item: Item) -> HazardReport:
        match = _TITLE.fullmatch(item.text("title"))
        if match is None:
            raise RecordError("title", item.text("title"), "a title with a magnitude, as Magnitude(ML) 1.7")
        lon, lat = lonlat(item.text("Point/long"), item.text("Point/lat"))
        name, magnitude, place = (
            short_id(item.text("id")),
            number("title", match["size"]),
            match["place"].strip(),
        )
        return HazardReport(
            source=self.info.id,
            agency="ingv",
            source_event_id=name,
            event_type=EventType.EARTHQUAKE,
            title=seismic.title(magnitude, place),
            description=place,
            url=LINK.format(id=name),
            onset=utc(item.text("date")),
            updated_at=utc(item.text("updated"), field="updated"),
            lon=lon,
            lat=lat,
            magnitude=magnitude,
            magnitude_type=match["scale"],
            fragment=item.fragment,
        )
