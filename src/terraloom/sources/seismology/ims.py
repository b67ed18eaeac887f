"""
Bulletins in the format IMS1.0 (IASPEI's ISF without its extensions), http://www.isc.ac.uk/standards/isf/.

A block per event: its number and region, origins in fixed columns (the first counts, unless one is marked as
prime), magnitudes with the origin that they belong to, phases. A column left blank is unknown: an event that
few stations saw has a time and no place. The error ellipse covers 90 %. There is no time of update; the
moment of receipt stands for it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Measurement, Payload, Reject
from terraloom.sources.base import SourceInfo, each, reject_payload
from terraloom.sources.seismology import seismic
from terraloom.sources.values import lonlat, number, optional_number, utc

SIGMAS_OF_90_PERCENT = math.sqrt(-2.0 * math.log(0.1))  # of a circular normal distribution: 2.15

_EVENT = re.compile(rb"^EVENT\s", re.MULTILINE)
_STRAY = re.compile(rb"^(?!DATA_TYPE|\s)([^\n]+)\n(?=EVENT\s)", re.MULTILINE)
_NAME = re.compile(r"EVENT\s+(?P<id>\S+)[ \t]*(?P<region>[^\r\n]*)")
_ORIGIN = re.compile(r"^\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}.*$", re.MULTILINE)
_MAGNITUDE = re.compile(
    r"^(?P<type>[A-Za-z][\w()]{0,4})\s+(?P<size>-?\d+\.\d)\s[^\n]{0,80}?(?P<origin>\S+)[ \t]*$", re.MULTILINE
)
_COLUMNS = {
    "date": (0, 10),
    "time": (11, 22),
    "time_error": (24, 29),
    "rms": (30, 35),
    "lat": (36, 44),
    "lon": (45, 54),
    "smaj": (55, 60),
    "depth": (71, 76),
    "phases": (82, 87),
    "stations": (87, 92),
    "gap": (92, 96),
    "analysis": (110, 112),
    "type": (114, 117),
    "origin": (127, 140),
}
"""Beyond the depth, room for both the standard's columns and those one to the left, where IPE writes."""

_MEASURED = {
    "time_error": ("time_error", "s"),
    "rms": ("rms_residual", "s"),
    "phases": ("phases_used", "{phase}"),
    "stations": ("stations_used", "{station}"),
    "gap": ("azimuthal_gap", "deg"),
}


def looks_like(body: bytes) -> bool:
    return b"BEGIN IMS1.0" in body[:1024] and b"DATA_TYPE BULLETIN" in body[:2048]


def parse(payload: Payload, info: SourceInfo) -> Iterator[HazardReport | Reject]:
    """Every event of a bulletin."""
    if not looks_like(payload.body):
        yield reject_payload(payload, RecordError("IMS", payload.body[:80], "BEGIN IMS1.0 and a bulletin"))
        return
    starts = [found.start() for found in _EVENT.finditer(payload.body)]
    ends = [*starts[1:], len(payload.body)]
    blocks = [payload.body[start:end] for start, end in zip(starts, ends, strict=True)]
    yield from each(blocks, lambda block: read(block, payload, info))
    for stray in _STRAY.finditer(payload.body):
        yield Reject(
            where=f"byte {stray.start()}", reason="a line that belongs to no event", fragment=stray[1]
        )


def read(block: bytes, payload: Payload, info: SourceInfo) -> HazardReport:
    """One event. Raises `RecordError`."""
    text = block.decode("ascii", "replace")
    name, origin = _NAME.match(text), prime(text)
    if name is None or origin is None:
        raise RecordError("EVENT", text[:80], "a number, and an origin in the columns of IMS1.0")
    said = {field: origin[start:end].strip() for field, (start, end) in _COLUMNS.items()}
    place = lonlat(said["lon"], said["lat"]) if said["lon"] or said["lat"] else (None, None)
    kind, (scale, size) = seismic.isc_kind(said["type"]), magnitude(text, said["origin"])
    ellipse_km = optional_number("Smaj", said["smaj"], low=0)
    region = name["region"].strip()
    return HazardReport(
        source=info.id,
        agency=info.agency,
        source_event_id=name["id"],
        event_type=kind.event_type,
        title=seismic.title(size, region.title(), kind.words),
        description=region,
        url=info.homepage,
        onset=utc(f"{said['date']} {said['time']}", field="Date Time"),
        updated_at=payload.fetched_at,
        lon=place[0],
        lat=place[1],
        depth_km=optional_number("Depth", said["depth"]),
        magnitude=size,
        magnitude_type=scale,
        measurements=tuple(_measured(said)),
        status=kind.status(reviewed=said["analysis"] == "m"),
        time_resolution_s=info.time_resolution_s,
        position_error_km=(ellipse_km or 0.0) / SIGMAS_OF_90_PERCENT,
        fragment=block,
    )


def prime(text: str) -> str | None:
    """The line of the origin that the bulletin prefers: the one before (#PRIME), else the first."""
    marked = re.search(r"^(\d{4}/.*)\n \(#PRIME\)", text, re.MULTILINE)
    first = marked or _ORIGIN.search(text)
    return None if first is None else (marked[1] if marked else first[0])


def magnitude(text: str, origin: str) -> tuple[str, float | None]:
    """Scale and size of the first magnitude of an origin."""
    stated = text.partition("\nMagnitude ")[2].partition("\nSta ")[0]
    for found in _MAGNITUDE.finditer(stated):
        if found["origin"] == origin:
            return found["type"], number("Magnitude", found["size"])
    return "", None


def _measured(said: dict[str, str]) -> Iterator[Measurement]:
    for field, (name, unit) in _MEASURED.items():
        value = optional_number(field, said[field])
        if value is not None:
            yield Measurement(name, value, unit)
