"""Tropical cyclones with a known truth: birth in a basin, a persistent path, a life cycle of intensity."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from msgspec import Struct

from terraloom.universe.geography import BASINS, Basin
from terraloom.universe.seismicity import moved

STEP = timedelta(hours=3)
KMH_PER_KNOT = 1.852


class Fix(Struct, frozen=True):
    """Where a storm is at one time."""

    at: datetime
    lon: float
    lat: float
    wind_kt: float  # one-minute sustained
    pressure_mb: float
    heading_deg: float  # towards, clockwise from north
    speed_kt: float


class Cyclone(Struct, frozen=True):
    basin: Basin
    number: int  # of the season, within its basin
    name: str
    track: tuple[Fix, ...]

    def atcf(self) -> str:
        """The id that warning centres share, such as AL092022."""
        return f"{self.basin.code}{self.number:02d}{self.track[0].at.year}"

    def at(self, instant: datetime) -> Fix | None:
        """The latest fix not after `instant`; None before its birth and after its end."""
        if not self.track[0].at <= instant <= self.track[-1].at + STEP:
            return None
        return self.track[int((instant - self.track[0].at) / STEP) if instant < self.track[-1].at else -1]


def cyclones(rng: np.random.Generator, start: datetime, days: float, rate_per_day: float) -> list[Cyclone]:
    """Storms born within `days` days of `start`, in order of birth, numbered and named per basin."""
    births = np.sort(rng.random(int(rng.poisson(rate_per_day * days))) * days)
    seen: dict[str, int] = {}
    found = []
    order = rng.permutation(len(BASINS))
    for place, birth in enumerate(births):
        basin = BASINS[int(order[place % len(order)])]  # in turn: every basin has its storms
        n = seen[basin.code] = seen.get(basin.code, 0) + 1
        name = basin.names[(n - 1) % len(basin.names)]
        found.append(Cyclone(basin, n, name, _track(rng, basin, _synoptic(start, float(birth)))))
    return found


def _synoptic(start: datetime, days: float) -> datetime:
    """The last synoptic hour (00, 06, 12, 18 UTC) before an instant: agencies fix storms then."""
    instant = start + timedelta(days=days)
    return instant.replace(hour=instant.hour // 6 * 6, minute=0, second=0, microsecond=0)


def _track(rng: np.random.Generator, basin: Basin, birth: datetime) -> tuple[Fix, ...]:
    """Motion persists and slowly turns poleward; wind rises to a peak and decays."""
    box = basin.genesis
    lon, lat = float(rng.uniform(box.west, box.east)), float(rng.uniform(box.south, box.north))
    steps = int(rng.integers(28, 72))
    peak, summit = float(rng.uniform(45, 140)), float(rng.uniform(0.35, 0.65))
    heading, speed = basin.heading_deg + float(rng.normal(0, 8)), float(rng.uniform(7, 13))
    poleward = 1.6 if lat > 0 else -1.6  # degrees of turn a step: clockwise in the north
    fixes = []
    for n in range(steps):
        wind = _wind(n / (steps - 1), peak, summit)
        pressure = 1013 - 0.35 * (wind - 15) - 0.0022 * wind**2  # Atkinson & Holliday (1977) in shape
        at = birth + n * STEP
        fixes.append(Fix(at, lon, lat, wind, pressure, heading % 360, speed))
        heading += poleward + float(rng.normal(0, 3))
        speed = float(np.clip(speed + rng.normal(0, 0.6), 4, 22))
        km = speed * KMH_PER_KNOT * STEP.total_seconds() / 3600
        lon, lat = moved(lon, lat, km * np.sin(np.radians(heading)), km * np.cos(np.radians(heading)))
    return tuple(fixes)


def _wind(age: float, peak_kt: float, summit: float) -> float:
    """Sustained wind at `age` 0..1 of a life that peaks at `summit`: a half sine up, another down."""
    phase = age / summit if age < summit else 1 + (age - summit) / (1 - summit)
    return 25 + (peak_kt - 25) * float(np.sin(np.pi / 2 * phase))
