"""
USGS Volcano Hazards Program: alert level and aviation colour of the volcanoes that its observatories watch.

https://volcanoes.usgs.gov/vsc/api/volcanoApi/vhpstatus: one record a volcano, with its place, the level and
colour of the newest notice, and the notice's synopsis. The lists of the notice service HANS
(https://volcanoes.usgs.gov/hans-public/api/volcano/: getElevatedVolcanoes, getMonitoredVolcanoes,
getCapElevated) spell the same fields otherwise and are read as well; only the last of them gives places.
Times are UTC without saying so. Built from the public descriptions: no recording was at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import EventType, HazardReport, Lat, Lon, Measurement, Payload, Reject, Severity
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc
from terraloom.sources.volcanoes import gvp
from terraloom.sources.xmlfeed import looks_like

LEVELS = {"NORMAL": 0, "ADVISORY": 1, "WATCH": 2, "WARNING": 3}
COLOURS = {
    "GREEN": Severity.GREEN,
    "YELLOW": Severity.YELLOW,
    "ORANGE": Severity.ORANGE,
    "RED": Severity.RED,
}
UNASSIGNED = "UNASSIGNED"  # the volcano is watched too thinly to tell

_NOTICE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+00:00$")


HANS_NAMES = {
    "volcano_name": "vName",
    "volcano_name_appended": "vName",
    "alert_level": "alertLevel",
    "color_code": "colorCode",
    "sent_utc": "alertDate",
    "sent_date_cap": "alertDate",
    "notice_identifier": "noticeId",
    "synopsis": "noticeSynopsis",
    "notice_url": "noticeUrl",
    "latitude": "lat",
    "longitude": "long",
}
"""What HANS calls the fields of the status list."""


class Status(Struct):
    """One volcano, as the status list names its fields."""

    vName: str
    vnum: str | int  # number of the Smithsonian Institution
    alertLevel: str
    colorCode: str
    alertDate: str | None = None  # when the newest notice was sent
    noticeId: str | None = None  # DOI-USGS-<observatory>-<time of writing>
    noticeSynopsis: str | None = None
    noticeUrl: str | None = None
    lat: Lat | None = None
    long: Lon | None = None


class UsgsVolcanoes(Source):
    """
    One report per volcano with a level. At NORMAL nothing is going on: such a report ends where it begins, so
    that a return to normal is told. The newest notice stands for the onset, for no list says when a level
    was reached.
    """

    info = SourceInfo(
        id="usgs-volcanoes",
        title="Alert levels of volcanoes in the United States",
        provider="USGS Volcano Hazards Program",
        agency="usgs-volcano",
        url="https://volcanoes.usgs.gov/vsc/api/volcanoApi/vhpstatus",
        every="1h",
        licence="public domain (US government work)",
        citation="US Geological Survey, Volcano Hazards Program, Hazard Alert Notification System (HANS)",
        homepage="https://volcanoes.usgs.gov/hans-public/",
        folder="usgs-volcanoes",
        priority=20,
        position_error_km=1.0,
    )

    def recognises(self, payload: Payload) -> bool:
        return looks_like(payload.body, b'"vnum"') and any(
            name in payload.body[:4096] for name in (b'"alertLevel"', b'"alert_level"')
        )

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            volcanoes, damage = split_json(payload.body, "")
        except RecordError as error:
            yield reject_payload(payload, error)
            return
        for found in each(volcanoes, lambda fragment: self.read(fragment, payload)):
            if found is not None:
                yield found
        yield from damage

    def read(self, fragment: bytes, payload: Payload) -> HazardReport | None:
        """One volcano; None where no level is assigned. Raises `RecordError`."""
        said = msgspec.json.decode(fragment, type=dict[str, Any])
        status = msgspec.convert({HANS_NAMES.get(name, name): said[name] for name in said}, Status)
        level, colour = status.alertLevel.upper(), status.colorCode.upper()
        if level == colour == UNASSIGNED:
            return None
        told, rank, number = _told(status) or payload.fetched_at, _rank(level), _number(status.vnum)
        return HazardReport(
            source=self.info.id,
            agency=self.info.agency,
            source_event_id=number,
            event_type=EventType.VOLCANO,
            title=f"{status.vName}: alert level {level}, aviation colour {colour}",
            description=" ".join((status.noticeSynopsis or "").split()),
            url=status.noticeUrl or self.info.homepage,
            onset=told,
            updated_at=told,
            valid_until=told if rank == 0 else None,
            lon=status.long,
            lat=status.lat,
            severity_level=_colour(colour),
            measurements=() if rank is None else (Measurement("volcanic_alert_level", rank, "1"),),
            keys=(gvp.key(number),),
            position_error_km=self.info.position_error_km,
            fragment=fragment,
        )


def _told(status: Status) -> datetime | None:
    """When the newest notice was sent, else when it was written, as its id says."""
    if status.alertDate:
        return utc(status.alertDate, field="alertDate")
    written = _NOTICE_TIME.search(status.noticeId or "")
    return utc(written[0]) if written else None


def _number(stated: str | int) -> str:
    number = str(stated).strip()
    if not (number.isascii() and number.isdigit()):
        raise RecordError("vnum", stated, "the number of a volcano")
    return number


def _rank(level: str) -> float | None:
    if level == UNASSIGNED:
        return None
    if level not in LEVELS:
        raise RecordError("alertLevel", level, "one of " + ", ".join((*LEVELS, UNASSIGNED)))
    return float(LEVELS[level])


def _colour(colour: str) -> Severity | None:
    if colour != UNASSIGNED and colour not in COLOURS:
        raise RecordError("colorCode", colour, "one of " + ", ".join((*COLOURS, UNASSIGNED)))
    return COLOURS.get(colour)
