"""NASA's EONET, which follows what others report, and the Smithsonian's weekly volcano report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from msgspec import structs

from terraloom.records import EventType, ReportStatus
from terraloom.universe.agencies import Errors, Story, Version, drawn, shifted
from terraloom.universe.truth import Hazard, Truth

CHANCE = {  # that EONET follows an event
    EventType.WILDFIRE: 0.8,
    EventType.VOLCANO: 0.8,
    EventType.TROPICAL_CYCLONE: 0.95,
    EventType.FLOOD: 0.5,
    EventType.DROUGHT: 0.2,
}
ERRORS = {
    EventType.WILDFIRE: Errors(2, 3 * 3600, 0, 0),
    EventType.VOLCANO: Errors(0.1, 3 * 3600, 0, 0),
    EventType.TROPICAL_CYCLONE: Errors(9, 0, 0, 0),
    EventType.FLOOD: Errors(6, 3 * 3600, 0, 0),
    EventType.DROUGHT: Errors(20, 24 * 3600, 0, 0),
}
THURSDAY = 3


def eonet_stories(seed: int, truth: Truth) -> Iterator[Story]:
    """One story per event that EONET follows; its geometry grows by one position a version."""
    rng = np.random.default_rng([seed, 106])
    heard = [h for kind, chance in CHANCE.items() for h in truth.of(kind) if rng.random() < chance]
    for n, hazard in enumerate(sorted(heard, key=lambda hazard: (hazard.onset, hazard.id))):
        name = f"EONET_{20_000 + n}"
        told = _of_cyclone(rng, name, hazard) if hazard.cyclone else _of_place(rng, name, hazard)
        yield Story("eonet", f"eonet/{n:06d}", hazard.id, hazard, tuple(told))


def _of_cyclone(rng: np.random.Generator, name: str, hazard: Hazard) -> Iterator[Version]:
    assert hazard.cyclone is not None, "the caller chooses cyclones"
    for number, fix in enumerate(hazard.cyclone.track[2::2], 1):
        east, north, *_ = drawn(rng, ERRORS[hazard.type])
        seen = structs.replace(hazard, lon=fix.lon, lat=fix.lat)
        _, lon, lat, _, _ = shifted(seen, (east, north, 0, 0, 0))
        yield Version(
            published=fix.at + timedelta(hours=float(rng.uniform(2, 5))),
            updated=fix.at,
            id=name,
            ids=(name,),
            onset=hazard.onset,
            lon=round(lon, 1),
            lat=round(lat, 1),
            depth_km=0.0,
            size=float(round(fix.wind_kt / 5) * 5),
            solution="",
            status=ReportStatus.AUTOMATIC,
            number=number,
        )


def _of_place(rng: np.random.Generator, name: str, hazard: Hazard) -> Iterator[Version]:
    onset, lon, lat, _, _ = shifted(hazard, drawn(rng, ERRORS[hazard.type]))
    onset = onset.replace(minute=0, second=0, microsecond=0)
    yield Version(
        published=max(onset, hazard.onset) + timedelta(hours=float(rng.uniform(6, 30))),
        updated=onset,
        id=name,
        ids=(name,),
        onset=onset,
        lon=lon,
        lat=lat,
        depth_km=0.0,
        size=round(hazard.size, 1),
        solution="",
        status=ReportStatus.AUTOMATIC,
        number=1,
    )


def gvp_stories(truth: Truth) -> Iterator[Story]:
    """Each erupting volcano is in the report of every Thursday from its onset to the week after its end."""
    for n, hazard in enumerate(truth.of(EventType.VOLCANO)):
        versions = tuple(_weeks(hazard))
        yield Story("gvp", f"gvp/{n:06d}", hazard.id, hazard, versions)


def _weeks(hazard: Hazard) -> Iterator[Version]:
    assert hazard.volcano is not None, "an eruption has a volcano"
    thursday = next_thursday(hazard.onset)
    number = 1
    while number == 1 or thursday - timedelta(days=9) < hazard.end:
        yield Version(
            published=thursday,
            updated=thursday,
            id=str(hazard.volcano.number),
            ids=(str(hazard.volcano.number),),
            onset=hazard.onset.replace(hour=0, minute=0, second=0, microsecond=0),
            lon=hazard.volcano.lon,
            lat=hazard.volcano.lat,
            depth_km=0.0,
            size=hazard.size,
            solution="New" if number == 1 else "Continuing",
            status=ReportStatus.REVIEWED,
            number=number,
        )
        thursday += timedelta(days=7)
        number += 1


def next_thursday(instant: datetime) -> datetime:
    """The Thursday 17:30 UTC whose report covers the week (Wednesday to Tuesday) of an instant."""
    day = instant.replace(hour=17, minute=30, second=0, microsecond=0)
    return day + timedelta(days=(THURSDAY - instant.weekday() - 2) % 7 + 2)
