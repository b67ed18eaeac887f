"""
WSPR by hour, band and corridor, counted by wspr.live's ClickHouse: https://wspr.live/.

Its server makes a few hundred rows of some hundred thousand spots. Spots arrive late, so the last three whole
hours are asked for each time. A query may fail when the answer has begun: the status is 200 all the same,
and the error's text stands at the end of the body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from terraloom.errors import RecordError
from terraloom.records import Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, SourceInfo, reject_payload
from terraloom.sources.clickhouse import as_csv, without_failure
from terraloom.sources.declared import Field, Format, Table, read_fields, split
from terraloom.sources.radio import wspr
from terraloom.sources.radio.metrics import WSPR_DISTANCE, WSPR_SNR, WSPR_SPOTS
from terraloom.sources.values import epoch_ms, number

CORRIDORS, SPOTS = 200, 5  # the busiest of each hour, and how often at least: bounds the number of series

LAST_LINE = "\nFORMAT CSVWithNames"
LATELY = "time >= toStartOfHour(now()) - INTERVAL 3 HOUR AND time < toStartOfHour(now())"
_SPOTS = """\
FROM wspr.rx
WHERE {when}
  AND match(tx_loc, '^[A-Ra-r]{{2}}[0-9]{{2}}') AND match(rx_loc, '^[A-Ra-r]{{2}}[0-9]{{2}}')"""
_VALUES = "count() AS spots, median(snr) AS snr, max(distance) AS distance"


def by_corridor(when: str) -> str:
    """The query for the busiest corridors of each hour of a time, which is a condition in SQL."""
    return f"""\
SELECT toUnixTimestamp(toStartOfHour(time)) AS hour, band,
  upper(substring(tx_loc, 1, 2)) AS tx, upper(substring(rx_loc, 1, 2)) AS rx, {_VALUES}
{_SPOTS.format(when=when)}
GROUP BY hour, band, tx, rx
HAVING spots >= {SPOTS}
ORDER BY hour, spots DESC, band, tx, rx
LIMIT {CORRIDORS} BY hour"""


def by_band(when: str) -> str:
    """The query for each hour and band of a time."""
    return f"""\
SELECT toUnixTimestamp(toStartOfHour(time)) AS hour, band, '' AS tx, '' AS rx, {_VALUES}
{_SPOTS.format(when=when)}
GROUP BY hour, band
ORDER BY hour, band"""


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
        queries = (by_band(LATELY), by_corridor(LATELY))
        return tuple(f"{self.info.url}?query={quote(query + LAST_LINE)}" for query in queries)

    def recognises(self, payload: Payload) -> bool:
        return payload.body.startswith(b'"hour","band","tx","rx","spots"')

    def parse(self, payload: Payload) -> Iterator[Record]:
        body, failure = without_failure(payload.body)
        try:
            rows, _ = split(as_csv(body), self.table)
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


def _station(cells: Mapping[str, Any]) -> Station:
    mhz = wspr.band(cells["band"])
    sender, receiver = cells.get("tx", ""), cells.get("rx", "")
    if not sender and not receiver:
        return Station(id=f"wspr/{mhz}", title=f"{wspr.WAVELENGTHS[mhz]}, all the planet", kind="planet")
    return wspr.corridor("wspr", mhz, wspr.field(sender), wspr.field(receiver))
