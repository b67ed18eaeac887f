"""NOAA SWPC: the US Air Force's forecast of planetary A and F10.7 for 45 days, as text, five to a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from terraloom.errors import RecordError
from terraloom.records import Metric, Observation, Payload, Record, Reject, Station
from terraloom.sources.base import UNREADABLE, Source, reject_payload
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import F107_PREDICTED, PREDICTED_A
from terraloom.sources.values import number

PLACE = Station(id="swpc/usaf-45-day", title="US Air Force, forecast for 45 days", kind="planet")
PARTS = {b"45-DAY AP FORECAST": PREDICTED_A, b"45-DAY F10.7 CM FLUX FORECAST": F107_PREDICTED}
_DAYS = re.compile(rb"\d\d[A-Z][a-z]{2}\d\d ")


class Swpc45DayForecast(Source):
    """A station of its own, beside the outlook for 27 days that SWPC makes itself."""

    info = swpc.info(
        "45-day-forecast",
        "Forecast of planetary A and F10.7 for 45 days",
        "/text/45-day-ap-forecast.txt",
        PREDICTED_A,
        F107_PREDICTED,
        every="6h",
        homepage="https://www.spaceweather.gov/products/usaf-45-day-ap-and-f107cm-flux-forecast",
        folder="swpc-text",
    )

    def recognises(self, payload: Payload) -> bool:
        return b"45-DAY AP FORECAST" in payload.body[:2000]

    def parse(self, payload: Payload) -> Iterator[Record]:
        metric: Metric | None = None
        yield PLACE
        for n, line in enumerate(payload.body.splitlines()):
            metric = PARTS.get(line.strip(), metric)
            if metric is not None and _DAYS.match(line):
                yield from _line(line, metric, n)
        if metric is None:
            yield reject_payload(
                payload, RecordError("part", payload.body[:80], "a line '45-DAY AP FORECAST'")
            )


def _line(line: bytes, metric: Metric, n: int) -> Iterator[Observation | Reject]:
    words = line.split()
    for day, value in zip(words[::2], words[1::2], strict=False):
        try:
            yield Observation(
                metric=metric.id,
                station=PLACE.id,
                time=_day(day.decode()),
                value=number(metric.id, value.decode()),
            )
        except UNREADABLE as error:
            yield Reject(where=f"line {n}", reason=str(error), fragment=line)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%d%b%y").replace(tzinfo=UTC)
    except ValueError:
        raise RecordError("day", text, "a day such as 01Nov23") from None
