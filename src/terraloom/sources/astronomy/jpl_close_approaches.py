"""Asteroids and comets that pass the Earth: https://ssd-api.jpl.nasa.gov/doc/cad.html."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from terraloom.records import Observation, Payload, Record
from terraloom.sources.astronomy import jpl
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import Cells, DeclaredSource

BEFORE = timedelta(days=14)  # many of the smallest are found only after they have passed
AFTER = timedelta(days=60)
DISTANCE_AU = 0.05
WATCHED = ("99942", "101955")  # Apophis and Bennu: their approaches until 2100, the one of 2029 among them


class JplCloseApproaches(DeclaredSource):
    """
    Approaches within 0.05 au, of the past two weeks and the next sixty days; some three hundred at a time.

    Each body is a station, and `time` is the day of the approach (UTC). Of `WATCHED` also those far ahead.
    """

    info = SourceInfo(
        id="jpl-close-approaches",
        title="Close approaches of asteroids and comets",
        provider="NASA/JPL CNEOS",
        agency="jpl",
        url="https://ssd-api.jpl.nasa.gov/cad.api",
        every="1h",
        emits=Observation,
        metrics=tuple(field.metric for field in jpl.APPROACHES.fields),
        licence=jpl.LICENCE,
        citation="NASA/JPL Center for Near Earth Object Studies: SBDB Close-Approach Data API",
        homepage="https://cneos.jpl.nasa.gov/ca/",
        folder="jpl-cad",
        rate_per_minute=jpl.RATE_PER_MINUTE,
    )
    table = jpl.APPROACHES

    def addresses(self, now: datetime) -> Sequence[str]:
        return (
            f"{self.info.url}?date-min={now - BEFORE:%Y-%m-%d}&date-max={now + AFTER:%Y-%m-%d}"
            f"&dist-max={DISTANCE_AU}&neo=false&fullname=true",
            *(f"{self.info.url}?des={body}&date-max=2100-01-01&fullname=true" for body in WATCHED),
        )

    def parse(self, payload: Payload) -> Iterator[Record]:
        return iter(()) if jpl.is_empty(payload.body) else super().parse(payload)

    def amend(self, cells: Cells) -> Cells:
        return jpl.with_hour(cells)
