"""
NOAA's two tsunami warning centres (https://www.tsunami.gov/): the newest bulletin of each, as CAP.

https://www.tsunami.gov/events/xml/PAAQCAP.xml and PHEBCAP.xml. The last part of an identifier
(PAAQ-4-mg5a94) is the centre's code of the event; the earthquake stands in parameters. Built from the public
description; of the text form (`text`) there are recordings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from lxml import etree

from terraloom.errors import PayloadError, RecordError
from terraloom.records import HazardReport, Payload, Reject, Severity
from terraloom.sources.base import Source, reject_payload
from terraloom.sources.cyclones.nhc_advisory import decoded
from terraloom.sources.tsunamis import text
from terraloom.sources.tsunamis.bulletins import Bulletin, level, report
from terraloom.sources.values import lonlat, optional_number, safe_xml, utc
from terraloom.sources.weather import nws
from terraloom.sources.xmlfeed import text as text_at

LICENCE = "public domain (US government work)"
HOMEPAGE = "https://www.tsunami.gov/"
MAX_BYTES = 1_000_000  # bulletins have a few kB

_KILOMETRES = re.compile(r"([\d.]+)\s*(?:kilometers|km)", re.IGNORECASE)


class TsunamiCentre(Source):
    """
    One report per bulletin. A statement that there is no tsunami, a cancellation and a final message end what
    they are about; tests are no reports.
    """

    centre: ClassVar[str]  # PAAQ, PHEB

    def recognises(self, payload: Payload) -> bool:
        if payload.body.lstrip()[:1] == b"<":
            return f"<identifier>{self.centre}-".encode() in payload.body[:4096]
        return text.is_of(self.centre, decoded(payload.body[:4096]))

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        try:
            if len(payload.body) > MAX_BYTES:
                raise PayloadError(f"{len(payload.body)} bytes, expected a bulletin of at most {MAX_BYTES}")
            bulletin = self._read(payload.body)
            found = None if bulletin is None else report(bulletin, self.info, payload.body)
        except (RecordError, PayloadError) as error:
            yield reject_payload(payload, error)
            return
        if found is not None:
            yield found

    def _read(self, body: bytes) -> Bulletin | None:
        if body.lstrip()[:1] == b"<":
            return read_cap(safe_xml(body))
        plain = decoded(body).replace("\r", "")
        if not text.is_of(self.centre, plain):
            raise RecordError("bulletin", plain.strip()[:120], f"a tsunami bulletin of {self.centre}")
        return text.read(plain)


def read_cap(alert: etree._Element) -> Bulletin | None:
    """One bulletin; None for a test. Raises `RecordError`."""
    infos = alert.findall("{*}info")
    if not infos:
        raise RecordError("alert", etree.QName(alert).localname, "a CAP alert that informs")
    if text_at(alert, "status") != "Actual":
        return None
    said, info = parameters(infos[0]), infos[0]
    issued = utc(text_at(alert, "sent"), field="sent")
    lon, lat = _position(said.get("EventLatLon", ""))
    origin, depth = said.get("EventOriginTime"), _KILOMETRES.match(said.get("EventDepth", ""))
    expires = text_at(info, "expires")
    over = text_at(alert, "msgType") == "Cancel"
    return Bulletin(
        issued=issued,
        level=Severity.GREEN if over else level(text_at(one, "event") for one in infos),
        code=text_at(alert, "identifier").rpartition("-")[2],
        origin=utc(origin, field="EventOriginTime") if origin else None,
        where=said.get("EventLocationName") or text_at(info, "area/areaDesc"),
        lon=lon,
        lat=lat,
        depth_km=optional_number("EventDepth", depth[1]) if depth else None,
        magnitude=optional_number("EventPreliminaryMagnitude", said.get("EventPreliminaryMagnitude")),
        magnitude_type=said.get("EventPreliminaryMagnitudeType", ""),
        vtec=tuple(
            dict.fromkeys(
                f"{code['event']}.{issued.year}"
                for one in infos
                for code in nws.VTEC.finditer(parameters(one).get("VTEC", ""))
            )
        ),
        expires=utc(expires, field="expires") if expires else None,
        words="\n\n".join(filter(None, (text_at(info, "description"), text_at(info, "instruction")))),
        url=text_at(info, "web"),
    )


def parameters(info: etree._Element) -> dict[str, str]:
    return {text_at(one, "valueName"): text_at(one, "value") for one in info.iterfind("{*}parameter")}


def _position(stated: str) -> tuple[float | None, float | None]:
    """Longitude and latitude of "52.810,-171.341 0.000" (latitude, longitude, radius)."""
    if not stated:
        return None, None
    lat, _, lon = stated.split()[0].partition(",")
    return lonlat(lon, lat)
