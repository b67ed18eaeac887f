"""
USGS summary feeds: all earthquakes of the past hour, day and week, renewed every minute.

https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php. The hour is polled for speed; the day and the
week carry what was revised since, and fill the gap after an interruption. All read the CSV variant too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources.base import SourceInfo
from terraloom.sources.seismology import usgs_csv
from terraloom.sources.seismology.usgs import (
    CITATION,
    GLOBAL_ERROR_KM,
    HOMEPAGE,
    LICENCE,
    LINE,
    UsgsSource,
    stated_url,
)


def _info(window: str, *, every: str) -> SourceInfo:
    return SourceInfo(
        id=f"usgs-earthquakes-{window}",
        title=f"Earthquakes, past {window}",
        provider="USGS",
        agency="usgs",
        url=f"https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/all_{window}.geojson",
        every=every,
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder="usgs-earthquakes",
        extra_folders=("usgs-earthquakes-polls-projected",),
        line=LINE,
        priority=20,
        time_resolution_s=1.0,
        position_error_km=GLOBAL_ERROR_KM,
    )


class UsgsSummary(UsgsSource):
    """What the three windows share; `windows` are the endings of the feeds whose recordings are theirs."""

    windows: ClassVar[tuple[str, ...]]

    def recognises(self, payload: Payload) -> bool:
        if usgs_csv.looks_like(payload.body):
            return "week" in self.windows  # a CSV does not say which window it is
        name = stated_url(payload).rpartition("/feed/v1.0/summary/")[2].partition(".geojson")[0]
        return name.rpartition("_")[2] in self.windows

    def parse(self, payload: Payload) -> Iterator[HazardReport | Reject]:
        if usgs_csv.looks_like(payload.body):
            return usgs_csv.parse(self.info.id, payload)
        return super().parse(payload)


class UsgsEarthquakesHour(UsgsSummary):
    info = _info("hour", every="60s")
    windows = ("hour",)


class UsgsEarthquakesDay(UsgsSummary):
    info = _info("day", every="15m")
    windows = ("day",)


class UsgsEarthquakesWeek(UsgsSummary):
    """Also reads the month and the list of significant earthquakes, which are not polled."""

    info = _info("week", every="6h")
    windows = ("week", "month")
