"""
IGN, the Spanish national geographic institute: earthquakes of the last ten days in and around Spain, as RSS.

https://www.ign.es/ign/RssTools/sismologia.xml. Time (UTC, to the second, hours without a leading zero),
magnitude and place stand only in the prose of the description, the id in the link. There is neither depth
nor a time of update: the moment of receipt stands for it. Positions have four decimals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Payload, Reject
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.seismology import seismic
from terraloom.sources.values import lonlat, number
from terraloom.sources.xmlfeed import Item, looks_like, read_items

_PROSE = re.compile(
    r"Se ha producido un terremoto de magnitud (?P<size>\S+) en (?P<place>.+?) en la fecha"
    r" (?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})"
    r" (?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})\b.*",
    re.DOTALL | re.ASCII,
)
_ID = re.compile(r"[?&]evid=(\w+)")


class IgnEarthquakes(Source):
    info = SourceInfo(
        id="ign-earthquakes",
        title="Earthquakes in and around Spain, past ten days",
        provider="IGN",
        agency="ign",
        url="https://www.ign.es/ign/RssTools/sismologia.xml",
        every="5m",
        licence="CC BY 4.0",
        citation="Instituto Geográfico Nacional: Catálogo de terremotos, doi:10.7419/162.03.2022",
        homepage="https://www.ign.es/web/sis-area-sismicidad",
        folder="ign-spain",
        priority=25,
        time_resolution_s=1.0,
        position_error_km=0.0,
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b"<rss", b"IGN", b"Info.terremoto")

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        return read_items(payload, "rss", "item", lambda item: self.read(item, payload))

    def read(self, item: Item, payload: Payload) -> HazardReport:
        """One earthquake. Raises `RecordError`."""
        said, name = _PROSE.fullmatch(item.text("description")), _ID.search(item.text("link"))
        if said is None or name is None:
            raise RecordError(
                "item", item.text("description")[:120], "an earthquake in IGN's words, and a link"
            )
        lon, lat = lonlat(item.text("long"), item.text("lat"))
        magnitude, place = number("magnitud", said["size"]), said["place"].strip()
        return HazardReport(
            source=self.info.id,
            agency=self.info.agency,
            source_event_id=name[1],
            event_type=EventType.EARTHQUAKE,
            title=seismic.title(magnitude, place),
            description=place,
            url=item.text("link"),
            onset=_onset(said),
            updated_at=payload.fetched_at,
            lon=lon,
            lat=lat,
            magnitude=magnitude,
            fragment=item.fragment,
        )


def _onset(said: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second = (
        int(said[name]) for name in ("day", "month", "year", "hour", "minute", "second")
    )
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise RecordError("fecha", said[0][:120], f"a time that exists ({error})") from None
