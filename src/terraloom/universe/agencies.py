"""What agencies publish: each true event as a story of versions, and what an agency says at one instant."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import numpy as np
from msgspec import Struct, structs

from terraloom.records import ReportStatus
from terraloom.universe.seismicity import moved
from terraloom.universe.truth import Hazard


class Version(Struct, frozen=True):
    """
    What an agency says of an event from `published` on, until its next version.

    `updated` is the agency's own clock. `size` is in the unit of the hazard's true size, `solution` names how
    it was found (magnitude type, advisory number, …).
    """

    published: datetime
    updated: datetime
    id: str
    ids: tuple[str, ...]
    onset: datetime
    lon: float
    lat: float
    depth_km: float
    size: float
    solution: str
    status: ReportStatus
    number: int  # 1 = first
    phases: int = 0


class Story(Struct, frozen=True):
    """All that one agency says of one event. `truth` is empty where there was no such event."""

    agency: str
    key: str  # agency/number: never changes, whatever ids the agency gives
    truth: str
    hazard: Hazard | None
    versions: tuple[Version, ...]  # by `published`

    def at(self, instant: datetime) -> Version | None:
        """What the agency says at `instant`; None before its first version."""
        n = bisect_right(self.versions, instant, key=lambda version: version.published)
        return self.versions[n - 1] if n else None

    def skewed(self, by: timedelta) -> Story:
        """The same story told by an agency whose clock is `by` ahead."""
        if not by:
            return self
        versions = tuple(structs.replace(v, updated=v.updated + by) for v in self.versions)
        return structs.replace(self, versions=versions)


class Reports:
    """The stories of all agencies, and what each says at one instant."""

    def __init__(self, stories: Iterable[Story]) -> None:
        self._of: dict[str, list[Story]] = {}
        for story in stories:
            self._of.setdefault(story.agency, []).append(story)
        for found in self._of.values():
            found.sort(key=lambda story: (story.versions[0].published, story.key))

    def agencies(self) -> list[str]:
        return sorted(self._of)

    def stories(self, agency: str) -> list[Story]:
        """By first publication."""
        return self._of.get(agency, [])

    def current(
        self, agency: str, at: datetime, window: timedelta = timedelta(days=3650), *, deleted: bool = False
    ) -> list[tuple[Story, Version]]:
        """
        What the agency says at `at` of events that began within `window` before it, newest onset first.

        Retracted events are left out unless `deleted`: most feeds simply drop them.
        """
        stories = self.stories(agency)
        known = bisect_right(stories, at, key=lambda story: story.versions[0].published)
        # An event is first reported after it began, so that older publications cannot lie in the window.
        first = bisect_left(stories, at - window, key=lambda story: story.versions[0].published)
        found = [(story, version) for story in stories[first:known] if (version := story.at(at)) is not None]
        kept = [
            (story, version)
            for story, version in found
            if version.onset >= at - window and (deleted or version.status is not ReportStatus.DELETED)
        ]
        return sorted(kept, key=lambda pair: (pair[1].onset, pair[0].key), reverse=True)

    def history(self, at: datetime) -> Iterator[tuple[Story, Version]]:
        """Every version published up to `at`, in order of publication."""
        found = [
            (version.published, story.key, version.number, story, version)
            for agency in self.agencies()
            for story in self.stories(agency)
            for version in story.versions
            if version.published <= at
        ]
        for *_, story, version in sorted(found, key=lambda row: row[:3]):
            yield story, version


class Errors(Struct, frozen=True):
    """How far an agency's numbers lie from the truth: scales of Student's t with 3 degrees of freedom."""

    position_km: float
    time_s: float
    depth_km: float
    size: float


def drawn(rng: np.random.Generator, errors: Errors) -> tuple[float, float, float, float, float]:
    """One draw of (east km, north km, time s, depth km, size); tails are heavy but bounded, as measured."""
    scale = np.array([errors.position_km, errors.position_km, errors.time_s, errors.depth_km, errors.size])
    east, north, seconds, depth, size = (rng.standard_t(3, 5).clip(-6, 6) * scale).tolist()
    return east, north, seconds, depth, size


def shifted(
    hazard: Hazard, error: tuple[float, float, float, float, float]
) -> tuple[datetime, float, float, float, float]:
    """Onset, longitude, latitude, depth and size as an agency with this error sees them."""
    east, north, seconds, depth, size = error
    lon, lat = moved(hazard.lon, hazard.lat, east, north)
    return (
        hazard.onset + timedelta(seconds=seconds),
        round(lon, 4),
        round(lat, 4),
        round(max(hazard.depth_km + depth, 0.0), 2),
        hazard.size + size,
    )
