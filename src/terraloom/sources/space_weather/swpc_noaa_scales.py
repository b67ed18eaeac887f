"""NOAA SWPC: the scales, 0 to 5, of radio blackouts (R), radiation storms (S) and geomagnetic storms (G)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation, Payload, Record, Reject
from terraloom.sources.base import UNREADABLE, Source, reject_payload
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import FIELD
from terraloom.sources.values import optional_number, utc


def _scale(id: str, title: str, description: str, *, hourly: bool = True) -> Metric:
    return Metric(
        id=id,
        title=title,
        unit="1",
        low=0.0,
        high=5.0,
        field=FIELD,
        aggregate=Aggregate.MAX,
        description=description,
        hourly=hourly,
    )


def _probability(id: str, title: str) -> Metric:
    return Metric(
        id=id,
        title=title,
        unit="%",
        low=0.0,
        high=100.0,
        field=FIELD,
        aggregate=Aggregate.LAST,
        description="Within the day, as predicted last.",
        hourly=False,
    )


LEVELS = "1 minor, 2 moderate, 3 strong, 4 severe, 5 extreme."
BLACKOUT = _scale("radio_blackout_scale", "Radio blackout, NOAA scale R", LEVELS)
RADIATION = _scale("radiation_storm_scale", "Solar radiation storm, NOAA scale S", LEVELS)
STORM = _scale("geomagnetic_storm_scale", "Geomagnetic storm, NOAA scale G", LEVELS)
STORM_PREDICTED = _scale(
    "geomagnetic_storm_scale_predicted",
    "Geomagnetic storm, NOAA scale G, predicted",
    f"Highest of the day, as predicted last. {LEVELS}",
    hourly=False,
)
BLACKOUT_MINOR = _probability("radio_blackout_minor_probability", "Radio blackout R1 or R2, probability")
BLACKOUT_MAJOR = _probability("radio_blackout_major_probability", "Radio blackout R3 or more, probability")
RADIATION_PROBABILITY = _probability(
    "radiation_storm_probability", "Solar radiation storm S1 or more, probability"
)
NOW, DAYS = "0", ("1", "2", "3")
_DAY = re.compile(rb'"(-?\d+)"\s*:\s*(\{(?:[^{}]|\{[^{}]*\})*\})')
"""A day, found also in a document that is cut off."""


class Level(Struct, rename="pascal"):
    """Numbers are text; a scale or a probability is null where the other is given."""

    scale: str | None
    minor_prob: str | None = None
    major_prob: str | None = None
    prob: str | None = None


class Day(Struct):
    DateStamp: str
    TimeStamp: str
    R: Level
    S: Level
    G: Level


class SwpcNoaaScales(Source):
    """
    What holds now ("0") and what is predicted of today and the two days after ("1" to "3"; R and S as
    probabilities). The highest of the past 24 hours ("-1") follows from what held, and is not kept.
    """

    info = swpc.info(
        "noaa-scales",
        "NOAA space weather scales",
        "/products/noaa-scales.json",
        BLACKOUT,
        RADIATION,
        STORM,
        STORM_PREDICTED,
        BLACKOUT_MINOR,
        BLACKOUT_MAJOR,
        RADIATION_PROBABILITY,
        homepage="https://www.spaceweather.gov/noaa-scales-explanation",
        folder="swpc-scales",
    )

    def recognises(self, payload: Payload) -> bool:
        return payload.body.lstrip()[:1] == b"{" and b'"DateStamp"' in payload.body[:200]

    def parse(self, payload: Payload) -> Iterator[Record]:
        days = {found[1].decode(): found[2] for found in _DAY.finditer(payload.body)}
        if not days:
            yield reject_payload(payload, RecordError("document", payload.body[:80], "days by number"))
            return
        yield swpc.EARTH
        for key in (NOW, *DAYS):
            fragment = days.get(key, b"null")
            try:
                day = msgspec.json.decode(fragment, type=Day)
                yield from _now(day) if key == NOW else _predicted(day)
            except UNREADABLE as error:
                yield Reject(where=f"day {key}", reason=str(error), fragment=fragment)


def _now(day: Day) -> list[Observation]:
    at = utc(f"{day.DateStamp} {day.TimeStamp}", field="DateStamp TimeStamp")
    values = ((BLACKOUT, day.R.scale), (RADIATION, day.S.scale), (STORM, day.G.scale))
    return _observations(at, values)


def _predicted(day: Day) -> list[Observation]:
    # Today's forecast is stamped with the time of issue; its day is what it is about.
    at = utc(f"{day.DateStamp} 00:00", field="DateStamp")
    values = (
        (STORM_PREDICTED, day.G.scale),
        (BLACKOUT_MINOR, day.R.minor_prob),
        (BLACKOUT_MAJOR, day.R.major_prob),
        (RADIATION_PROBABILITY, day.S.prob),
    )
    return _observations(at, values)


def _observations(at: datetime, values: tuple[tuple[Metric, str | None], ...]) -> list[Observation]:
    numbers = [(metric, optional_number(metric.id, text)) for metric, text in values]
    return [
        Observation(metric=metric.id, station=swpc.EARTH.id, time=at, value=value)
        for metric, value in numbers
        if value is not None
    ]
