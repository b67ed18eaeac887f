"""
Asteroids that could hit the Earth within a century: https://ssd-api.jpl.nasa.gov/doc/sentry.html.

Built from the public description (version 2.0); no answer was at hand. Nearly all leave the list again, as
observations improve their orbits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec
from msgspec import Raw, Struct

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record
from terraloom.sources.astronomy import jpl
from terraloom.sources.astronomy.metrics import ABSOLUTE_MAGNITUDE, DIAMETER, FIELD
from terraloom.sources.astronomy.time_scales import utc_of_julian_date
from terraloom.sources.base import SourceInfo, each_of, reject_payload
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.splitting import split_json
from terraloom.sources.values import utc
from terraloom.sources.xmlfeed import looks_like

LEAST_PALERMO = -4  # about fifty bodies; most of the other two thousand are a few metres large
SINCE_REMOVED = timedelta(days=60)

IMPACT_PROBABILITY = Metric(
    id="impact_probability",
    title="Probability that a body hits the Earth",
    unit="1",
    low=0.0,
    high=1.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    description="Of all potential impacts together. `time` is the day of the last observation of the body.",
    hourly=False,
)
PALERMO = Metric(
    id="palermo_scale",
    title="Impact hazard, Palermo scale",
    unit="1",
    low=-20.0,
    high=10.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    description="Cumulative, logarithmic: 0 is the hazard of all other bodies of that size until then.",
    hourly=False,
)
TORINO = Metric(
    id="torino_scale",
    title="Impact hazard, Torino scale",
    unit="1",
    low=0.0,
    high=10.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    hourly=False,
)
POTENTIAL_IMPACTS = Metric(
    id="potential_impacts",
    title="Number of potential impacts",
    unit="1",
    low=0.0,
    high=1e5,
    field=FIELD,
    aggregate=Aggregate.LAST,
    hourly=False,
)


class Removed(Struct):
    """One body that Sentry no longer lists."""

    des: str
    removed: str  # its zone is not stated: read as UTC, hours off at most


class JplSentry(DeclaredSource):
    """Bodies of at least `LEAST_PALERMO`; the probability of those removed since `SINCE_REMOVED` is 0."""

    info = SourceInfo(
        id="jpl-sentry",
        title="Asteroids with a chance of impact",
        provider="NASA/JPL CNEOS",
        agency="jpl",
        url="https://ssd-api.jpl.nasa.gov/sentry.api",
        every="6h",
        emits=Observation,
        metrics=(IMPACT_PROBABILITY, PALERMO, TORINO, POTENTIAL_IMPACTS, ABSOLUTE_MAGNITUDE, DIAMETER),
        licence=jpl.LICENCE,
        citation="NASA/JPL Center for Near Earth Object Studies: Sentry",
        homepage="https://cneos.jpl.nasa.gov/sentry/",
        rate_per_minute=jpl.RATE_PER_MINUTE,
    )
    table = Table(
        format=Format.JSON,
        records="data",
        time=("last_obs_jd",),
        time_format=partial(utc_of_julian_date, "last_obs_jd"),
        station="des",
        title="fullname",
        kind="object",
        fields=(
            Field("ip", IMPACT_PROBABILITY),
            Field("ps_cum", PALERMO),
            Field("ts_max", TORINO),  # null where no impact is within a century
            Field("n_imp", POTENTIAL_IMPACTS),
            Field("h", ABSOLUTE_MAGNITUDE),
            Field("diameter", DIAMETER, optional=True),
        ),
    )

    def addresses(self, now: datetime) -> Sequence[str]:
        return (f"{self.info.url}?ps-min={LEAST_PALERMO}", f"{self.info.url}?removed=1")

    def parse(self, payload: Payload) -> Iterator[Record]:
        if jpl.is_empty(payload.body):
            return iter(())
        if looks_like(payload.body, b'"removed"'):
            return _read_removed(payload)
        return super().parse(payload)


def _read_removed(payload: Payload) -> Iterator[Record]:
    def read(fragment: Raw) -> list[Record]:
        one = msgspec.json.decode(fragment, type=Removed)
        at = utc(one.removed, field="removed")
        if at < payload.fetched_at - SINCE_REMOVED:
            return []
        return [Observation(metric=IMPACT_PROBABILITY.id, station=f"jpl/{one.des}", time=at, value=0.0)]

    try:
        fragments, damage = split_json(payload.body, "data")
    except RecordError as error:
        yield reject_payload(payload, error)
        return
    yield from each_of(fragments, read)
    yield from damage
