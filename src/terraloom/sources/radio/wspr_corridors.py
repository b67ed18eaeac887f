"""
WSPR by hour, band and corridor, counted by wspr.live's ClickHouse: https://wspr.live/.

Its server makes a few hundred rows of some hundred thousand spots. Spots arrive late, so the last three whole
hours are asked for each time. A query may fail when the answer has begun: the status is 200 all the same,
and the error's text stands at the end of the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from terraloom.errors import RecordError
from terraloom.records import Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.declared import Field, Format, Table, read_fields, split
from terraloom.sources.radio import wspr
from terraloom.sources.radio.metrics import WSPR_DISTANCE, WSPR_SNR, WSPR_SPOTS
from terraloom.sources.values import epoch_ms, number

CORRIDORS, SPOTS = 200, 5  # the busiest of each hour, and how often at least: bounds the number of series

_SINCE = """\
FROM wspr.rx
WHERE time >= toStartOfHour(now()) - INTERVAL 3 HOUR AND time < toStartOfHour(now())
  AND match(tx_loc, '^[A-Ra-r]{2}[0-9]{2}') AND match(rx_loc, '^[A-Ra-r]{2}[0-9]{2}')"""
_VALUES = "count() AS spots, median(snr) AS snr, max(distance) AS distance"
BY_CORRIDOR = f"""\
SELECT toUnixTimestamp(toStartOfHour(time)) AS hour, band,
  upper(substring(tx_loc, 1, 2)) AS tx, upper(substring(rx_loc, 1, 2)) AS rx, {_VALUES}
{_SINCE}
GROUP BY hour, band, tx, rx
HAVING spots >= {SPOTS}
ORDER BY hour, spots DESC, band, tx, rx
LIMIT {CORRIDORS} BY hour
FORMAT CSVWithNames"""
BY_BAND = f"""\
SELECT toUnixTimestamp(toStartOfHour(time)) AS hour, band, '' AS tx, '' AS rx, {_VALUES}
{_SINCE}
GROUP BY hour, band
ORDER BY hour, band
FORMAT CSVWithNames"""

_FAILURE = re.compile(rb"(?:__exception__\s+\S+\s+)?Code: \d+[.,][^\n]{0,40}?DB::Exception.*\Z", re.DOTALL)
_TAIL = 65_536  # bytes in which the text of an error stands: it may repeat the query


class WsprCorridors(Source):
    """The 200 busiest corridors of each hour, and each band over the whole planet."""

    info = SourceInfo(
        id="wspr-corridors",
        title="Radio propagation between regions (WSPR)",
        provider="wspr.live",
        agency="wspr",
        url="https://db1.wspr.live/",
        every="1h",
        emits=Observation,
        metrics=wspr.METRICS,
        licence="free for research whose results are free for everyone; no commercial use (https://wspr.live/)",
        citation="WSPRnet spots by wspr.live, https://wspr.live/",
        homepage="https://wspr.live/",
        rate_per_minute=10,
    )
    table = Table(
        format=Format.CSV,
        comment="",
        time=("hour",),
        station="band",
        fields=(
            Field("spots", WSPR_SPOTS),
            Field("snr", WSPR_SNR),
            Field("distance", WSPR_DISTANCE),
        ),
    )

    def addresses(self, now: datetime) -> tuple[str, ...]:
        return tuple(f"{self.info.url}?query={quote(query)}" for query in (BY_BAND, BY_CORRIDOR))

    def recognises(self, payload: Payload) -> bool:
        return payload.body.startswith(b'"hour","band","tx","rx","spots"')

    def parse(self, payload: Payload) -> Iterator[Record]:
        body, failure = without_failure(payload.body)
        try:
            rows, _ = split(body, self.table)
        except RecordError as error:
            yield failure or reject_payload(payload, error)
            return
        told: set[str] = set()
        for n, (fragment, cells_of) in enumerate(rows):
            try:
                cells = cells_of()
                station = _station(cells)
                at = epoch_ms("hour", number("hour", cells["hour"]) * 1000.0)
            except UNREADABLE as error:
                yield Reject(where=f"record {n}", reason=str(error), fragment=fragment)
                continue
            if station.id not in told:
                told.add(station.id)
                yield station
            template = Observation(metric="", station=station.id, time=at, value=None)
            yield from read_fields(cells, self.table.fields, template, where=f"record {n}", fragment=fragment)
        if failure is not None:
            yield failure


def without_failure(body: bytes) -> tuple[bytes, Reject | None]:
    """
    The answer up to ClickHouse's error text, and that text where there is one. Whole rows before it hold: all
    were counted before the first was sent.
    """
    found = _FAILURE.search(body, max(0, len(body) - _TAIL))
    if found is None:
        return body, None
    text = found[0].strip().decode("utf-8", "replace")
    reject = Reject(where="end of the answer", reason=f"the query failed: {text[:500]}", fragment=found[0])
    return body[: found.start()].rpartition(b"\n")[0], reject


def _station(cells: Mapping[str, Any]) -> Station:
    mhz = wspr.band(cells["band"])
    sender, receiver = cells.get("tx", ""), cells.get("rx", "")
    if not sender and not receiver:
        return Station(id=f"wspr/{mhz}", title=f"{wspr.WAVELENGTHS[mhz]}, all the planet", kind="planet")
    return wspr.corridor("wspr", mhz, wspr.field(sender), wspr.field(receiver))
