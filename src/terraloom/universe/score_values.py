"""How well a record tells what the planet's instruments measured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from psycopg import Connection

from terraloom.universe.instruments import Instrument, instruments

STORED = "SELECT metric, station, time, value FROM observed WHERE station = ANY (%s) AND metric = ANY (%s)"
LAST = "SELECT source, max(fetched_at) FROM payloads WHERE applied_seq IS NOT NULL GROUP BY source"
ROUND_TRIP = 1e-9  # relative: units are the feed's own, so nothing is converted

Stored = Mapping[tuple[str, str], Mapping[datetime, float]]


class ValueScore(Struct, kw_only=True):
    """
    Values of one source: `stored` ones, `wrong` ones that no instrument ever said, and `missing` ones that
    were listed when the source was last asked.
    """

    source: str
    stored: int
    wrong: int
    missing: int


def score_values(connection: Connection[Any], seed: int) -> list[ValueScore]:
    """The score of every source of measurements that was polled, by id."""
    last = dict(connection.execute(LAST).fetchall())
    found: dict[str, ValueScore] = {}
    known = [one for one in instruments() if one.source in last]
    stored = _stored(connection, known)
    for one in known:
        score = found.setdefault(one.source, ValueScore(source=one.source, stored=0, wrong=0, missing=0))
        values = stored.get((one.metric, one.station), {})
        score.stored += len(values)
        score.wrong += sum(not _was_said(one, seed, time, value) for time, value in values.items())
        score.missing += sum(time not in values for time in _listed(one, seed, last[one.source]))
    return [found[source] for source in sorted(found)]


def _stored(connection: Connection[Any], known: list[Instrument]) -> Stored:
    names = [[one.station for one in known], [one.metric for one in known]]
    found: dict[tuple[str, str], dict[datetime, float]] = {}
    for metric, station, time, value in connection.execute(STORED, names).fetchall():
        found.setdefault((metric, station), {})[time] = value
    return found


def _was_said(one: Instrument, seed: int, time: datetime, value: float) -> bool:
    """Whether the network has ever said this: as a preliminary value, or as the settled one."""
    published = time + one.step + one.delay
    said = (one.said(seed, time, at) for at in (published, published + one.settles))
    return any(v is not None and abs(v - value) <= ROUND_TRIP * max(1.0, abs(v)) for v in said)


def _listed(one: Instrument, seed: int, at: datetime) -> list[datetime]:
    """The steps that the feed held at `at`; none for feeds of the newest value alone."""
    if not one.listed:
        return []
    steps = one.steps(at - one.listed + one.step, at)
    return [time for time in steps if one.said(seed, time, at - timedelta(hours=1)) is not None]
