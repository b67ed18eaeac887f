"""What truly happens on the simulated planet: every hazard, once, under one id.

Pure: the same seed, start and length give the same truth, on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from msgspec import Struct

from terraloom.records import EventType
from terraloom.universe.cyclones import Cyclone, cyclones
from terraloom.universe.geography import VOLCANOES, Box, VolcanoSite
from terraloom.universe.seismicity import Mainshock, Seismicity, catalogue

UNITED_STATES = Box(-122, -78, 30, 47)
FLOOD_PLAINS = (Box(68, 92, 22, 30), Box(98, 108, 10, 22), Box(-62, -48, -28, -8), Box(28, 42, -14, 8),
                Box(5, 24, 44, 52), Box(105, 120, 23, 33), UNITED_STATES)  # fmt: skip
DRY_LANDS = (Box(36, 48, -2, 10), Box(-45, -36, -14, -5), Box(14, 26, -30, -18), Box(140, 150, -34, -26),
             Box(-8, 2, 36, 42), Box(60, 70, 34, 40))  # fmt: skip
FIRE_COUNTRY = (Box(-122, -114, 34, 48), Box(-62, -52, -16, -4), Box(20, 30, -12, 4), Box(130, 145, -18, -12),
                Box(-6, 24, 37, 42), Box(95, 125, 52, 62))  # fmt: skip


SPIN_UP = timedelta(days=6)  # storms born so long before the start are still there when it comes


class Rates(Struct, frozen=True):
    """New hazards per day, whole planet, apart from earthquakes."""

    cyclones: float = 0.6
    floods: float = 1.5
    volcanoes: float = 0.5
    droughts: float = 0.08
    wildfires: float = 4.0
    storms: float = 6.0  # severe convective storms in the United States


class Hazard(Struct, frozen=True):
    """
    One true event. `size`: magnitude (EQ), peak wind in knots (TC), area in km² (FL, DR, WF), aviation
    colour 1..3 (VO), gust in mph (SW).
    """

    id: str
    type: EventType
    onset: datetime
    end: datetime
    lon: float
    lat: float
    size: float
    depth_km: float = 0.0
    parent: str = ""  # the mainshock's id
    cyclone: Cyclone | None = None
    volcano: VolcanoSite | None = None


class Truth(Struct, frozen=True):
    start: datetime
    end: datetime
    hazards: tuple[Hazard, ...]  # by type, then onset

    def of(self, kind: EventType) -> list[Hazard]:
        return [hazard for hazard in self.hazards if hazard.type is kind]


# One great earthquake where several agencies look at once: their reports of its dense aftershocks are what
# the grouping must keep apart. Days count from the start of the catalogue.
SCENARIO = (
    Mainshock(days=1.2, magnitude=7.0, lon=38.3, lat=38.1),
    Mainshock(days=2.1, magnitude=6.1, lon=13.3, lat=42.7),
    Mainshock(days=2.6, magnitude=6.6, lon=173.4, lat=-42.2, depth_km=18.0),
)


def make_truth(
    seed: int,
    start: datetime,
    days: float,
    *,
    law: Seismicity | None = None,
    rates: Rates | None = None,
    scenario: tuple[Mainshock, ...] = SCENARIO,
) -> Truth:
    """The hazards of `days` days from `start`. Each kind draws from its own stream of the seed."""
    streams = np.random.default_rng(seed).spawn(7)
    rates = rates or Rates()
    hazards = [
        *_earthquakes(streams[0], start, days, law or Seismicity(), scenario),
        *_storms_with_names(streams[1], start - SPIN_UP, days + SPIN_UP.days, rates.cyclones),
        *_areas(streams[2], start, days, EventType.FLOOD, rates.floods, FLOOD_PLAINS, (2, 14), (200, 40_000)),
        *_eruptions(streams[3], start, days, rates.volcanoes),
        *_areas(streams[4], start, days, EventType.DROUGHT, rates.droughts, DRY_LANDS, (40, 200), (2e4, 4e5)),
        *_areas(streams[5], start, days, EventType.WILDFIRE, rates.wildfires, FIRE_COUNTRY, (1, 9), (5, 900)),
        *_areas(
            streams[6],
            start,
            days,
            EventType.SEVERE_WEATHER,
            rates.storms,
            (UNITED_STATES,),
            (0.03, 0.1),
            (40, 95),
        ),
    ]
    return Truth(start, start + timedelta(days=days), tuple(hazards))


def _earthquakes(
    rng: np.random.Generator, start: datetime, days: float, law: Seismicity, scenario: tuple[Mainshock, ...]
) -> Iterator[Hazard]:
    wanted = tuple(shock for shock in scenario if shock.days < days)
    for n, quake in enumerate(catalogue(rng, start, days, law, wanted)):
        yield Hazard(
            id=f"EQ-{n:06d}",
            type=EventType.EARTHQUAKE,
            onset=quake.onset,
            end=quake.onset,
            lon=quake.lon,
            lat=quake.lat,
            size=quake.magnitude,
            depth_km=quake.depth_km,
            parent=f"EQ-{quake.parent:06d}" if quake.parent >= 0 else "",
        )


def _storms_with_names(
    rng: np.random.Generator, start: datetime, days: float, rate: float
) -> Iterator[Hazard]:
    for n, storm in enumerate(cyclones(rng, start, days, rate)):
        first, last = storm.track[0], storm.track[-1]
        peak = max(fix.wind_kt for fix in storm.track)
        yield Hazard(
            f"TC-{n:06d}",
            EventType.TROPICAL_CYCLONE,
            first.at,
            last.at,
            first.lon,
            first.lat,
            peak,
            cyclone=storm,
        )


def _areas(
    rng: np.random.Generator,
    start: datetime,
    days: float,
    kind: EventType,
    rate: float,
    boxes: tuple[Box, ...],
    lasts_days: tuple[float, float],
    size: tuple[float, float],
) -> Iterator[Hazard]:
    """Hazards that cover land for a while: uniform in time and in one of `boxes`, sizes log-uniform."""
    for n, when in enumerate(np.sort(rng.random(int(rng.poisson(rate * days))) * days)):
        box = boxes[int(rng.integers(len(boxes)))]
        onset = start + timedelta(days=float(when))
        yield Hazard(
            id=f"{kind.value}-{n:06d}",
            type=kind,
            onset=onset,
            end=onset + timedelta(days=float(rng.uniform(*lasts_days))),
            lon=float(rng.uniform(box.west, box.east)),
            lat=float(rng.uniform(box.south, box.north)),
            size=float(np.exp(rng.uniform(*np.log(size)))),
        )


def _eruptions(rng: np.random.Generator, start: datetime, days: float, rate: float) -> Iterator[Hazard]:
    """Each volcano erupts at most once in the catalogue: a second eruption would be news of the first."""
    n_eruptions = min(int(rng.poisson(rate * days)), len(VOLCANOES))
    sites = rng.permutation(len(VOLCANOES))[:n_eruptions]
    for n, (when, site) in enumerate(zip(np.sort(rng.random(n_eruptions)) * days, sites, strict=True)):
        volcano = VOLCANOES[int(site)]
        onset = start + timedelta(days=float(when))
        yield Hazard(
            id=f"VO-{n:06d}",
            type=EventType.VOLCANO,
            onset=onset,
            end=onset + timedelta(days=float(rng.uniform(3, 30))),
            lon=volcano.lon,
            lat=volcano.lat,
            size=float(rng.integers(1, 4)),
            volcano=volcano,
        )
