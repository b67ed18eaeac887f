"""
The planet's past: decades of earthquakes before its story begins, the same for the same seed, day by day.

It ends with the year 2019, so that it lies in no window of a live feed. Nothing in it is revised any more,
and all agencies agree on it: what their archives give can be compared with it row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np

from terraloom.records import ReportStatus
from terraloom.universe.agencies import Story, Version
from terraloom.universe.networks import BASE36, cut
from terraloom.universe.seismicity import Quake, Seismicity, catalogue

BEGINS, ENDS = datetime(1900, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
LAW = Seismicity(completeness=3.5, rate_per_day=12.0, parent_magnitude=10.0)  # no sequences
DAY = timedelta(days=1)
RESOLUTION_S = 0.01  # what every agency can write
SMALLEST = {"usgs": 3.5, "emsc": 3.5, "isc": 3.5, "gfz": 4.5, "ingv": 5.5}
"""Magnitude from which on an agency's archive has an event."""


def archived(seed: int, agency: str, start: datetime, end: datetime) -> list[tuple[Story, Version]]:
    """What the agency's archive holds of `start` ≤ onset ≤ `end`, newest first."""
    found = [
        (story, story.versions[0])
        for day in _days(max(start, BEGINS), min(end, ENDS - timedelta(microseconds=1)))
        for story in _archived(seed, agency, day)
        if start <= story.versions[0].onset <= end
    ]
    return found[::-1]


def _days(start: datetime, end: datetime) -> Iterator[date]:
    for n in range((end - start).days + 2 if start <= end else 0):
        day = start.date() + timedelta(days=n)
        if day <= end.date():
            yield day


@lru_cache(4000)
def quakes(seed: int, day: date) -> tuple[Quake, ...]:
    """What happened on a day, by time."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    rng = np.random.default_rng([seed, 107, day.toordinal()])
    return tuple(catalogue(rng, midnight, 1.0, LAW))


@lru_cache(4000)
def _archived(seed: int, agency: str, day: date) -> tuple[Story, ...]:
    first = day.toordinal() * 1000
    heard = [(first + n, quake) for n, quake in enumerate(quakes(seed, day))]
    return tuple(_story(agency, n, quake) for n, quake in heard if quake.magnitude >= SMALLEST[agency])


def _story(agency: str, number: int, quake: Quake) -> Story:
    onset = cut(quake.onset, RESOLUTION_S)
    name = _id(agency, number, onset)
    reviewed = datetime(onset.year + 1, 6, 1, tzinfo=UTC)
    version = Version(
        published=reviewed,
        updated=reviewed,
        id=name,
        ids=(name,),
        onset=onset,
        lon=round(quake.lon, 2),
        lat=round(quake.lat, 2),
        depth_km=round(quake.depth_km),
        size=round(quake.magnitude, 1),
        solution="mb" if quake.magnitude < 5.3 else "mww",
        status=ReportStatus.REVIEWED,
        number=2,
        phases=int(12 * quake.magnitude),
    )
    return Story(agency, f"{agency}/{number}", "", None, (version,))


def _id(agency: str, number: int, onset: datetime) -> str:
    """As the agency numbers its events; different for each."""
    if agency == "usgs":
        return "usp" + "".join(BASE36[number // 36**k % 36] for k in range(5, -1, -1))
    if agency == "emsc":
        return f"{onset:%Y%m%d}_{number % 1000:07d}"
    return f"gfz{onset.year}{number % 1_000_000:06d}" if agency == "gfz" else str(number)
