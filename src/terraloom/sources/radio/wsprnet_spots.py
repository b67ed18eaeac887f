"""
WSPRnet's table of spots, as a page or pasted as text: https://www.wsprnet.org/olddb.

Spots are counted by hour, band and corridor. A table holds the newest thousand, or what somebody asked for,
so that counts are of this table; they stand under stations of their own, apart from wspr.live's, which sees
every spot. WSPRnet wants no robots, so it is not polled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from statistics import median

from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Observation, Payload, Record, Reject
from terraloom.sources.base import Source, SourceInfo, each, reject_payload
from terraloom.sources.radio import wspr
from terraloom.sources.values import number, utc

_ROW = re.compile(rb"<tr>((?:(?!<tr>).){0,2000}?)</tr>", re.DOTALL | re.IGNORECASE)
_CELL = re.compile(rb"<td[^>]{0,100}>([^<]{0,200})</td>", re.IGNORECASE)
_NAMES = b"Timestamp", b"Call", b"MHz", b"SNR", b"Drift", b"Grid", b"Pwr", b"Reporter", b"RGrid", b"km", b"az"


class Spot(Struct, frozen=True):
    """One beacon, heard once."""

    hour: datetime
    mhz: int
    sender: str  # Maidenhead field
    receiver: str
    snr: float  # dB
    distance: float  # km


class WsprnetSpots(Source):
    """The newest thousand spots of all bands; the oldest hour of a table is cut short."""

    info = SourceInfo(
        id="wsprnet-spots",
        title="WSPR spots from WSPRnet's page",
        provider="WSPRnet",
        agency="wsprnet",
        url="https://www.wsprnet.org/olddb?mode=html&band=all&limit=1000&findcall=&findreporter=&sort=date",
        every="1h",
        emits=Observation,
        metrics=wspr.METRICS,
        licence="not stated; no robots",
        citation="WSPRnet, https://www.wsprnet.org/",
        homepage="https://www.wsprnet.org/",
        folder="wspr",
        rate_per_minute=1,
        enabled=False,
    )

    def recognises(self, payload: Payload) -> bool:
        return all(name in payload.body for name in _NAMES) and bool(_rows(payload.body))

    def parse(self, payload: Payload) -> Iterator[Record]:
        rows = _rows(payload.body)
        if not rows:
            expected = "a table of spots with the columns " + ", ".join(name.decode() for name in _NAMES)
            yield reject_payload(payload, RecordError("spots", payload.body[:80], expected))
            return
        spots: dict[tuple[datetime, int, str, str], list[Spot]] = {}
        for found in each(rows, read_spot):
            if isinstance(found, Reject):
                yield found
            else:
                key = (found.hour, found.mhz, found.sender, found.receiver)
                spots.setdefault(key, []).append(found)
        corridors = {where: wspr.corridor("wsprnet", *where[1:]) for where in spots}
        yield from dict.fromkeys(corridors.values())
        for where, heard in spots.items():
            yield from _counted(where[0], corridors[where].id, heard)
        if b"<table" in payload.body and b"</table>" not in payload.body:
            yield Reject(where=f"after record {len(rows) - 1}", reason="the page ends within the table")


def _rows(body: bytes) -> list[bytes]:
    """The rows of spots, verbatim: of the page's table, or the lines of pasted text."""
    if b"<table" in body:
        return [match[0] for match in _ROW.finditer(body) if b"<td" in match[0]]
    return [line for line in body.splitlines() if line.count(b"\t") >= 10 and b"Timestamp" not in line]


def read_spot(row: bytes) -> Spot:
    """One row. Raises `RecordError`."""
    cells = _CELL.findall(row) if b"<td" in row else row.split(b"\t")
    if len(cells) < len(_NAMES):
        raise RecordError("row", len(cells), f"{len(_NAMES)} columns")
    time, _, mhz, snr, _, sender, _, _, receiver, distance, *_ = (
        cell.decode("utf-8", "replace").replace("&nbsp;", " ").strip() for cell in cells
    )
    return Spot(
        hour=utc(time).replace(minute=0, second=0, microsecond=0),
        mhz=wspr.band(wspr.band_of(number("MHz", mhz))),
        sender=wspr.field(sender),
        receiver=wspr.field(receiver),
        snr=number("SNR", snr),
        distance=number("km", distance),
    )


def _counted(hour: datetime, station: str, heard: list[Spot]) -> Iterator[Observation]:
    values = (len(heard), median(spot.snr for spot in heard), max(spot.distance for spot in heard))
    for metric, value in zip(wspr.METRICS, values, strict=True):
        yield Observation(metric=metric.id, station=station, time=hour, value=float(value))
