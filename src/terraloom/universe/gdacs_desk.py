"""GDACS: the one desk that reports every kind of hazard, earthquakes at second hand from USGS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import numpy as np

from terraloom.records import EventType, ReportStatus
from terraloom.universe.agencies import Errors, Story, Version, drawn, shifted
from terraloom.universe.truth import Hazard, Truth

SMALLEST_QUAKE = 4.5
FIRST_NUMBER = {"EQ": 1_540_000, "TC": 1_001_000, "FL": 1_103_000, "DR": 1_017_000, "WF": 1_024_000}
ERRORS = {
    EventType.FLOOD: Errors(6, 3 * 3600, 0, 0),
    EventType.DROUGHT: Errors(15, 12 * 3600, 0, 0),
    EventType.VOLCANO: Errors(0.5, 2 * 3600, 0, 0),
    EventType.WILDFIRE: Errors(2, 2 * 3600, 0, 0),
}


def gdacs_stories(seed: int, truth: Truth, usgs: Iterable[Story]) -> Iterator[Story]:
    """GDACS' own events; `usgs`: the stories that its earthquakes are taken from."""
    rng = np.random.default_rng([seed, 102])
    quakes = (story for story in usgs if story.hazard and story.versions[0].size >= SMALLEST_QUAKE)
    for n, story in enumerate(quakes):
        yield _second_hand(rng, n, story)
    for n, hazard in enumerate(truth.of(EventType.TROPICAL_CYCLONE)):
        yield _story(n, hazard, list(_episodes_of_cyclone(rng, n, hazard)))
    for kind in ERRORS:
        for n, hazard in enumerate(truth.of(kind)):
            yield _story(n, hazard, list(_episodes(rng, n, hazard)))


def _number(n: int, hazard: Hazard) -> int:
    """GDACS' event number: the Smithsonian's for volcanoes, a running one else."""
    return hazard.volcano.number if hazard.volcano else FIRST_NUMBER[hazard.type.value] + n


def _story(n: int, hazard: Hazard, versions: list[Version]) -> Story:
    return Story("gdacs", f"gdacs/{hazard.type.value}{n:06d}", hazard.id, hazard, tuple(versions))


def _second_hand(rng: np.random.Generator, n: int, usgs: Story) -> Story:
    """USGS' first and reviewed solutions, some minutes later, under GDACS' number."""
    assert usgs.hazard is not None, "false alarms are left out by the caller"
    lag = timedelta(seconds=float(rng.uniform(180, 900)))
    name = f"EQ{_number(n, usgs.hazard)}"
    told = [v for v in usgs.versions[:2] if v.status is not ReportStatus.DELETED]
    versions = [
        Version(
            published=v.published + lag,
            updated=v.published + lag,
            id=name,
            ids=(name,),
            onset=v.onset.replace(microsecond=0),
            lon=v.lon,
            lat=v.lat,
            depth_km=v.depth_km,
            size=v.size,
            solution=v.id,
            status=v.status,
            number=number,
        )
        for number, v in enumerate(told, 1)
    ]
    return _story(n, usgs.hazard, versions)


def _episodes_of_cyclone(rng: np.random.Generator, n: int, hazard: Hazard) -> Iterator[Version]:
    """A bulletin each six hours, one to three hours after the fix that it tells of."""
    assert hazard.cyclone is not None, "a cyclone has a track"
    name = f"TC{_number(n, hazard)}"
    for number, fix in enumerate(hazard.cyclone.track[2::2], 1):
        east, north, *_ = drawn(rng, Errors(9, 0, 0, 0))
        _, lon, lat, _, _ = shifted(_at(hazard, fix.lon, fix.lat, fix.wind_kt), (east, north, 0, 0, 0))
        published = fix.at + timedelta(hours=float(rng.uniform(1, 3)))
        yield Version(
            published=published,
            updated=fix.at,
            id=name,
            ids=(name,),
            onset=hazard.onset,
            lon=round(lon, 1),
            lat=round(lat, 1),
            depth_km=0.0,
            size=round(fix.wind_kt / 5) * 5,
            solution=hazard.cyclone.name,
            status=ReportStatus.AUTOMATIC,
            number=number,
        )


def _at(hazard: Hazard, lon: float, lat: float, size: float) -> Hazard:
    return Hazard(hazard.id, hazard.type, hazard.onset, hazard.end, lon, lat, size)


def _episodes(rng: np.random.Generator, n: int, hazard: Hazard) -> Iterator[Version]:
    """First some hours after the onset, then every day or so while it lasts, the size growing."""
    onset, lon, lat, _, _ = shifted(hazard, drawn(rng, ERRORS[hazard.type]))
    name = f"{hazard.type.value}{_number(n, hazard)}"
    at = max(onset, hazard.onset) + timedelta(hours=float(rng.uniform(2, 12)))
    number = 1
    while number == 1 or at < hazard.end:
        yield Version(
            published=at,
            updated=at,
            id=name,
            ids=(name,),
            onset=_whole(hazard.type, onset),
            lon=lon,
            lat=lat,
            depth_km=0.0,
            size=round(hazard.size * min(1.0, 0.4 + 0.15 * number)),
            solution="",
            status=ReportStatus.AUTOMATIC,
            number=number,
        )
        at += timedelta(hours=float(rng.uniform(18, 36)) * (7 if hazard.type is EventType.DROUGHT else 1))
        number += 1


def _whole(kind: EventType, onset: datetime) -> datetime:
    """GDACS gives droughts to the day and the other slow hazards to the hour."""
    hour = onset.replace(minute=0, second=0, microsecond=0)
    return hour.replace(hour=0) if kind is EventType.DROUGHT else hour
