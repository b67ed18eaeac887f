"""
QuakeML: https://quake.ethz.ch/quakeml (BED 1.2, and the older 1.0). One reader for all agencies that answer
with it.

Depths and horizontal errors are metres. An event holds many origins and magnitudes, of which it names the
preferred; where it names none, the first origin counts, and of the magnitudes one that belongs to it (some
services give all magnitudes one publicID). A document may hold picks by the thousand: only the events are cut
out and read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from lxml import etree
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Measurement, Payload, Reject
from terraloom.sources.base import SourceInfo, each, reject_payload
from terraloom.sources.seismology import seismic
from terraloom.sources.splitting import XmlRecord, split_xml
from terraloom.sources.values import lonlat, number, optional_number, utc

REVIEWED = frozenset({"manual", "confirmed", "reviewed", "final", "reported"})

MEASURED = {
    "quality/standardError": ("rms_residual", "s"),
    "quality/azimuthalGap": ("azimuthal_gap", "deg"),
    "quality/usedStationCount": ("stations_used", "{station}"),
    "quality/usedPhaseCount": ("phases_used", "{phase}"),
    "time/uncertainty": ("time_error", "s"),
}


def short_id(public_id: str) -> str:
    """
    The agency's own id in a publicID: ``quakeml:eu.emsc/event/20120404_0000041`` is 20120404_0000041,
    ``smi:webservices.ingv.it/fdsnws/event/1/query?eventId=20814231`` is 20814231, ``smi:ISC/evid=840268``
    is 840268.
    """
    match = re.search(r"(?:eventid|evid)=([^&;]+)", public_id, re.IGNORECASE)
    return match[1] if match else public_id.rstrip("/").rpartition("/")[2]


def public_id(event: etree._Element) -> str:
    """The short form of an event's publicID. Raises `RecordError` where there is none."""
    found = short_id(event.get("publicID") or "")
    if not found:
        raise RecordError("publicID", event.get("publicID"), "an event id")
    return found


def anss_id(event: etree._Element) -> str:
    """The id of an event of an ANSS network, as ComCat has it: network code and number (``ci37285320``)."""
    stated = {str(name).rpartition("}")[2]: str(value) for name, value in event.attrib.items()}
    network, code = stated.get("eventsource"), stated.get("eventid")  # http and https namespaces both occur
    return f"{network}{code}" if network and code else public_id(event)


class Dialect(Struct, frozen=True, kw_only=True):
    """What differs between the agencies that write QuakeML."""

    agency: str
    event_id: Callable[[etree._Element], str] = public_id
    length_unit_m: float = 1.0  # metres in the unit of depth and horizontal error
    relays: bool = False  # also gives other agencies' catalogues, which the origin's agencyID tells apart
    link: str = ""  # page of an event, with {id}

    def relayed(self, origin: etree._Element) -> str:
        """The agency whose solution is passed on, lower case; "" for one of its own."""
        stated = (text(origin, "creationInfo/agencyID") or "").lower() if self.relays else ""
        return stated if stated != self.agency else ""


def looks_like(body: bytes) -> bool:
    """Whether `body` begins as QuakeML does (that of stations, SeisComP or RSS does not)."""
    head = body[:1024]
    return b"quakeml" in head and b"eventParameters" in head


def parse(payload: Payload, dialect: Dialect, info: SourceInfo) -> Iterator[HazardReport | Reject]:
    """Every event of a document; one without events is an empty catalogue."""
    try:
        records, damage = split_xml(payload.body, "event")
        if b"eventParameters" not in payload.body:
            raise RecordError("xml", payload.body[:120], "a document with <eventParameters>")
    except RecordError as error:
        yield reject_payload(payload, error)
        return
    yield from each(records, lambda record: read(record, payload, dialect, info))
    yield from damage


def read(record: XmlRecord, payload: Payload, dialect: Dialect, info: SourceInfo) -> HazardReport:
    """One event. Raises `RecordError` for one without a readable origin."""
    event = record.element()
    origins, wanted = event.findall("{*}origin"), text(event, "preferredOriginID")
    origin = next((one for one in origins if one.get("publicID") == wanted), origins[0] if origins else None)
    if origin is None:
        raise RecordError("origin", None, "an event with an origin")
    magnitude = _magnitude(event, origin.get("publicID"))
    return build(
        event,
        origin,
        magnitude,
        dialect=dialect,
        info=info,
        fetched_at=payload.fetched_at,
        fragment=record.fragment,
    )


def build(
    event: etree._Element,
    origin: etree._Element,
    magnitude: etree._Element | None,
    *,
    dialect: Dialect,
    info: SourceInfo,
    fetched_at: datetime,
    fragment: bytes,
) -> HazardReport:
    """
    The report of one event, from its elements. `fetched_at` stands in where the document says no time of
    its own.
    """
    lon, lat = lonlat(text(origin, "longitude/value"), text(origin, "latitude/value"))
    depth = optional_number("depth", text(origin, "depth/value"))
    error_km = _horizontal_error(origin, dialect.length_unit_m)
    kind, other = seismic.kind(text(event, "type")), dialect.relayed(origin)
    name = "/".join(filter(None, (other, dialect.event_id(event))))
    size, place, onset = _size(magnitude), _place(event), utc(text(origin, "time/value"))
    return HazardReport(
        source=info.id,
        agency=dialect.agency,
        source_event_id=name,
        event_type=kind.event_type,
        title=seismic.title(size, place, kind.words),
        description=place,
        url=dialect.link.format(id=name) if dialect.link and not other else "",
        onset=onset,
        updated_at=_written(event, origin, magnitude) or fetched_at,
        lon=lon,
        lat=lat,
        depth_km=None if depth is None else depth * dialect.length_unit_m / 1000.0,
        magnitude=size,
        magnitude_type=text(magnitude, "type") or "",
        measurements=tuple(_measured(origin, error_km)),
        status=kind.status(reviewed=_reviewed(origin)),
        time_resolution_s=info.time_resolution_s,
        position_error_km=error_km or info.position_error_km,
        fragment=fragment,
    )


def text(element: etree._Element | None, path: str) -> str | None:
    """Trimmed text at `path`, in any namespace; None where it is missing or empty."""
    found = None if element is None else element.find("/".join(f"{{*}}{step}" for step in path.split("/")))
    return (found.text or "").strip() or None if found is not None else None


def _magnitude(event: etree._Element, origin_id: str | None) -> etree._Element | None:
    """The preferred magnitude; else, of those that belong to the preferred origin, that of the best scale."""
    listed, wanted = event.findall("{*}magnitude"), text(event, "preferredMagnitudeID")
    preferred = [one for one in listed if wanted and one.get("publicID") == wanted]
    own = [one for one in listed if text(one, "originID") == origin_id]
    return min(preferred or own or listed, key=_scale_rank, default=None)


def _scale_rank(magnitude: etree._Element) -> int:
    """Moment before surface-wave before body-wave magnitude, then the rest, in the order of the document."""
    scale = (text(magnitude, "type") or "").lower()
    return next((rank for rank, start in enumerate(("mw", "ms", "mb")) if scale.startswith(start)), 3)


def _size(magnitude: etree._Element | None) -> float | None:
    if magnitude is None:
        return None
    return number(
        "mag", text(magnitude, "mag/value") or text(magnitude, "magnitude/value")
    )  # QuakeML, SeisComP


def _place(event: etree._Element) -> str:
    """The first description; a region name goes before others."""
    named = {text(one, "type"): text(one, "text") for one in event.findall("{*}description")}
    preferred = (named.get(key) for key in ("region name", "Flinn-Engdahl region", "earthquake name"))
    return next((found for found in (*preferred, *named.values()) if found), "")


def _written(*elements: etree._Element | None) -> datetime | None:
    """The newest time at which any of `elements` was made or changed."""
    paths = ("creationInfo/creationTime", "creationInfo/modificationTime")
    stated = (text(element, path) for element in elements for path in paths)
    return max((utc(found, field="creationTime") for found in stated if found), default=None)


def _reviewed(origin: etree._Element) -> bool:
    return bool(REVIEWED & {text(origin, "evaluationMode"), text(origin, "evaluationStatus")})


def _horizontal_error(origin: etree._Element, unit_m: float) -> float | None:
    """Kilometres; None also for 0, which services write that do not know."""
    stated = text(origin, "originUncertainty/horizontalUncertainty")
    found = optional_number("horizontalUncertainty", stated, low=0)
    return found * unit_m / 1000.0 if found else None


def _measured(origin: etree._Element, error_km: float | None) -> Iterator[Measurement]:
    for path, (name, unit) in MEASURED.items():
        value = optional_number(path, text(origin, path))
        if value is not None:
            yield Measurement(name, value, unit)
    if error_km is not None:
        yield Measurement("horizontal_error", error_km, "km")
