"""
SeisComP XML (SCML), https://www.seiscomp.de/doc/base/glossary.html#term-SCML: what SeisComP centres exchange.

Like QuakeML, but origins stand beside the event that prefers one of them, magnitudes within their origin,
and lengths are kilometres. An event of type "not existing" or "duplicate" is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator

from terraloom.errors import RecordError
from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import SourceInfo, each, reject_payload
from terraloom.sources.seismology.quakeml import Dialect, build, text
from terraloom.sources.splitting import XmlRecord, split_xml


def looks_like(body: bytes) -> bool:
    return b"<seiscomp " in body[:512]


def parse(payload: Payload, dialect: Dialect, info: SourceInfo) -> Iterator[HazardReport | Reject]:
    """Every event of a document with its preferred origin. `dialect.length_unit_m` is 1000 here."""
    try:
        events, damage = split_xml(payload.body, "event")
        origins, _ = split_xml(payload.body, "origin")
    except RecordError as error:
        yield reject_payload(payload, error)
        return

    def read(event: XmlRecord) -> HazardReport:
        return _read(event, origins, payload, dialect, info)

    yield from each(events, read)
    yield from damage


def _read(
    record: XmlRecord, origins: list[XmlRecord], payload: Payload, dialect: Dialect, info: SourceInfo
) -> HazardReport:
    event = record.element()
    wanted = text(event, "preferredOriginID") or ""
    found = next((one for one in origins if wanted and _names(one, wanted)), None)
    if found is None:
        raise RecordError("preferredOriginID", wanted, "the publicID of an origin in this document")
    origin, preferred = found.element(), text(event, "preferredMagnitudeID")
    magnitudes = origin.findall("{*}magnitude")
    return build(
        event,
        origin,
        next((one for one in magnitudes if one.get("publicID") == preferred), None),
        dialect=dialect,
        info=info,
        fetched_at=payload.fetched_at,
        fragment=record.fragment + b"\n" + found.fragment,
    )


def _names(origin: XmlRecord, public_id: str) -> bool:
    """Whether an origin bears this id; looks at its first bytes before it reads the whole of it."""
    return public_id.encode() in origin.fragment[:512] and origin.element().get("publicID") == public_id
