"""
Tsunami bulletins as text, as distributed with a WMO header (WEPA40 PHEB 041859).

The lists of magnitude, origin time and coordinates are common to both centres; the national centre's first
warnings tell them in prose, in local time and without coordinates. Times are to the minute, coordinates to
0.1 degrees.
"""

from __future__ import annotations

import re
from datetime import datetime

from terraloom.errors import RecordError
from terraloom.sources.cyclones.nhc import stated_time
from terraloom.sources.tsunamis.bulletins import Bulletin, level
from terraloom.sources.values import lonlat, number
from terraloom.sources.weather import nws

MINUTE_S = 60.0

_HEADER = re.compile(r"^[A-Z]{4}\d{2} (?P<centre>[A-Z]{4}) \d{6}\s*$", re.MULTILINE)
_ISSUED = re.compile(
    r"^\d{3,4} (?:[AP]M )?[A-Z]{3,4} \w{3} \w{3} +\d{1,2} \d{4}\b", re.MULTILINE | re.IGNORECASE
)
_HEADLINE = re.compile(r"^\.\.\.([^.].{1,1000}?)\.\.\.", re.DOTALL | re.MULTILINE)
_ORIGIN = re.compile(r"ORIGIN TIME[^*]{0,120}?(\d{4} UTC \w{3} +\d{1,2} \d{4})", re.IGNORECASE)
_BEGAN = re.compile(
    r"\bAt\s+(?P<clock>\d{3,4}\s+[AP]M)\s+(?P<zone>[A-Z][a-z]+)\s+(?P<kind>[SD])[a-z]+\s+Time\s+on"
    r"\s+(?P<month>[A-Z][a-z]{2})[a-z]*\s+(?P<day>\d{1,2})\b"
)
_PLACE = re.compile(r"COORDINATES\s+([\d.]+)\s+(NORTH|SOUTH)\s+([\d.]+)\s+(EAST|WEST)", re.IGNORECASE)
_SIZE = re.compile(r"\bMAGNITUDE\s+(?:OF\s+)?(\d{1,2}\.\d)", re.IGNORECASE)
_DEPTH = re.compile(r"^\s*\*\s*DEPTH\s+(\d+)\s*KM", re.IGNORECASE | re.MULTILINE)
_WHERE = re.compile(r"^ *\* *LOCATION +(\S.*)$|\boccurred\s+([^.]{3,150})\.", re.IGNORECASE | re.MULTILINE)
_HEIGHT = re.compile(r"\b(\d{1,2}\.\d+)\s*M\s*/", re.IGNORECASE)


def is_of(centre: str, text: str) -> bool:
    """Whether a text is a tsunami bulletin of this centre (PAAQ, PHEB), as its WMO header says."""
    header = _HEADER.search(text[:400])
    return header is not None and header["centre"] == centre and "TSUNAMI" in text[:2000].upper()


def read(text: str) -> Bulletin:
    """One bulletin. Raises `RecordError` that names what is missing."""
    stated = _ISSUED.search(text)
    if stated is None:
        raise RecordError("bulletin", text.strip()[:120], "the time of issue, as 1858 UTC THU MAR 4 2021")
    issued, place, size, depth = (
        stated_time(stated[0]),
        _PLACE.search(text),
        _SIZE.search(text),
        _DEPTH.search(text),
    )
    headlines = [" ".join(found.split()) for found in _HEADLINE.findall(text)]
    heights = [number("height", found) for found in _HEIGHT.findall(text)]
    lon, lat = _position(place) if place else (None, None)
    return Bulletin(
        issued=issued,
        level=level(headlines),
        origin=_origin(text, issued),
        origin_resolution_s=MINUTE_S,
        where=_where(text),
        lon=lon,
        lat=lat,
        depth_km=number("DEPTH", depth[1]) if depth else None,
        magnitude=number("MAGNITUDE", size[1]) if size else None,
        height_m=max(heights, default=None),
        vtec=tuple(dict.fromkeys(f"{code['event']}.{issued.year}" for code in nws.VTEC.finditer(text))),
        words="\n\n".join(headlines),
    )


def _origin(text: str, issued: datetime) -> datetime | None:
    """When the earthquake was: in UTC as listed, else in local time as told."""
    listed = _ORIGIN.search(text)
    if listed:
        return stated_time(listed[1])
    told = _BEGAN.search(text)
    if told is None:
        return None
    # Pacific Standard Time is PST; only Alaska has two letters, for AST is Atlantic.
    zone = "AK" if told["zone"] == "Alaska" else told["zone"][0]
    clock = "".join(told["clock"].split())
    return stated_time(
        f"{clock[:-2]} {clock[-2:]} {zone}{told['kind']}T {told['month']} {told['day']}", near=issued
    )


def _position(place: re.Match[str]) -> tuple[float, float]:
    lat = number("lat", place[1]) * (-1 if place[2].upper() == "SOUTH" else 1)
    return lonlat(number("lon", place[3]) * (-1 if place[4].upper() == "WEST" else 1), lat)


def _where(text: str) -> str:
    found = _WHERE.search(text)
    return " ".join((found[1] or found[2]).split()) if found else ""
