"""
What the planet's instruments measure, and what their networks say of it when.

A value is a smooth function of time (a mean, the year, the day) and of chance that follows from the seed. It
is published some time after it was measured, first as a preliminary value where the network settles it later.
Some are never measured: instruments fail.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from msgspec import Struct

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
YEAR, DAY = timedelta(days=365.2425), timedelta(days=1)


class Instrument(Struct, frozen=True, kw_only=True):
    """
    One metric at one station. `base`, `yearly`, `daily` and `chance` are in the metric's unit: the mean, the
    amplitudes of the year and the day, and the greatest deviation by chance. `digits` are decimals.
    """

    source: str
    metric: str
    station: str
    step: timedelta
    base: float
    yearly: float = 0.0
    daily: float = 0.0
    chance: float = 0.0
    low: float = -math.inf
    digits: int = 2
    delay: timedelta = timedelta(minutes=2)  # from the end of a step to its publication
    settles: timedelta = timedelta(0)  # after publication, where the first value is preliminary
    gaps: float = 0.0  # share of steps without a value
    listed: timedelta = timedelta(0)  # how long the feed lists a value; zero: the newest alone

    def at(self, seed: int, time: datetime) -> float | None:
        """The settled value of the step that begins at `time`; None in a gap."""
        if self._chance(seed, time, "gap") < 2 * self.gaps - 1:
            return None
        return self._rounded(self._smooth(time) + self.chance * self._chance(seed, time, "value"))

    def said(self, seed: int, time: datetime, now: datetime) -> float | None:
        """What the network says at `now` of that step: nothing yet, a preliminary or the settled value."""
        published = time + self.step + self.delay
        value = self.at(seed, time) if published <= now else None
        if value is None or not self.settles or published + self.settles <= now:
            return value
        return self._rounded(value + self.chance / 4 * self._chance(seed, time, "preliminary"))

    def steps(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """The steps that begin from `since` on and before `until`."""
        time = EPOCH - (EPOCH - since) // self.step * self.step
        while time < until:
            yield time
            time += self.step

    def _smooth(self, time: datetime) -> float:
        year = math.sin(2 * math.pi * ((time - EPOCH) / YEAR))
        day = math.sin(2 * math.pi * ((time - EPOCH) / DAY))
        return self.base + self.yearly * year + self.daily * day

    def _rounded(self, value: float) -> float:
        return round(max(self.low, value), self.digits)

    def _chance(self, seed: int, time: datetime, what: str) -> float:
        """-1..1, the same for the same seed, series, step and purpose."""
        name = f"{seed}|{self.metric}|{self.station}|{what}|{(time - EPOCH) // self.step}"
        number = int.from_bytes(blake2b(name.encode(), digest_size=8).digest())
        return number / 2**63 - 1


HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

K_INDEX = Instrument(
    source="swpc-planetary-k",
    metric="planetary_k_index",
    station="swpc/planet",
    step=3 * HOUR,
    base=2.3,
    yearly=0.5,
    chance=2.2,
    low=0.0,
    settles=6 * HOUR,
    listed=timedelta(days=7),
)
SEA_ICE = tuple(
    Instrument(
        source=f"nsidc-sea-ice-{side}",
        metric="sea_ice_extent",
        station=f"nsidc/{side}",
        step=DAY,
        base=11.0,
        yearly=yearly,
        chance=0.12,
        digits=3,
        delay=6 * HOUR,
        settles=DAY,
        listed=timedelta(days=365 * 30),
    )
    for side, yearly in (("north", 4.2), ("south", -7.1))
)
BUOYS = {  # code: longitude, latitude, mean air temperature in Cel
    "41010": (-78.5, 28.9, 23.0),
    "42001": (-89.7, 25.9, 24.5),
    "44025": (-73.2, 40.3, 12.0),
    "46042": (-122.4, 36.8, 13.0),
    "46061": (-146.8, 60.2, 6.5),
    "51001": (-162.0, 24.4, 24.0),
    "62001": (-5.0, 45.2, 14.5),
    "23001": (78.5, 9.5, 27.5),
}


def buoy(code: str) -> dict[str, Instrument]:
    """The instruments of a buoy, by their column in the file."""
    mean = BUOYS[code][2]

    def instrument(metric: str, base: float, daily: float, chance: float, digits: int = 1) -> Instrument:
        return Instrument(
            source="ndbc-latest",
            metric=metric,
            station=f"ndbc/{code}",
            step=HOUR,
            base=base,
            yearly=daily * 2,
            daily=daily,
            chance=chance,
            low=0.0,
            digits=digits,
            delay=10 * MINUTE,
            gaps=0.05,
        )

    return {
        "WSPD": instrument("wind_speed", 7.0, 0.6, 3.0),
        "WVHT": instrument("sea_surface_wave_significant_height", 1.8, 0.2, 0.7),
        "PRES": instrument("air_pressure_at_mean_sea_level", 1013.0, 1.2, 6.0),
        "ATMP": instrument("air_temperature", mean, 2.0, 1.5),
        "WTMP": instrument("sea_surface_temperature", mean + 0.8, 0.4, 0.3),
    }


RADIO = {  # elements of the page
    "solarflux": Instrument(
        source="hamqsl-propagation",
        metric="solar_radio_flux_10_7cm",
        station="hamqsl/planet",
        step=3 * HOUR,
        base=150.0,
        yearly=10.0,
        chance=15.0,
        digits=0,
    ),
    "solarwind": Instrument(
        source="hamqsl-propagation",
        metric="solar_wind_speed",
        station="hamqsl/planet",
        step=3 * HOUR,
        base=430.0,
        yearly=20.0,
        chance=90.0,
        digits=1,
    ),
}
SATELLITES = {  # catalogue number: name, inclination (deg), mean motion (rev/d), B* (1/earth radius)
    25544: ("ISS (ZARYA)", 51.64, 15.501, 0.00028),
    48274: ("CSS (TIANHE)", 41.47, 15.601, 0.00039),
}


def mean_motion(number: int) -> Instrument:
    """The mean motion of a satellite, rev/d, every six hours."""
    return Instrument(
        source="celestrak-stations",
        metric="orbital_mean_motion",
        station=f"celestrak/{number}",
        step=6 * HOUR,
        base=SATELLITES[number][2],
        chance=0.0004,
        digits=8,
    )


OBSERVATORIES = {  # IAGA code: name, longitude 0..360, latitude, mean of each element in nT
    "KAK": ("Kakioka", 140.186, 36.232, {"X": 29_700.0, "Y": -4_100.0, "Z": 36_000.0, "F": 46_850.0}),
    "NGK": ("Niemegk", 12.675, 52.072, {"X": 18_800.0, "Y": 1_500.0, "Z": 46_000.0, "F": 49_720.0}),
}
ELEMENTS = {"X": "field_x", "Y": "field_y", "Z": "field_z", "F": "field_strength"}


def observatory(code: str) -> dict[str, Instrument]:
    """The instruments of a magnetic observatory, by element."""
    return {
        element: Instrument(
            source="intermagnet-observatories",
            metric=f"geomagnetic_{ELEMENTS[element]}",
            station=f"intermagnet/{code}",
            step=MINUTE,
            base=base,
            daily=25.0,
            chance=2.0,
            gaps=0.01,
        )
        for element, base in OBSERVATORIES[code][3].items()
    }


def instruments() -> list[Instrument]:
    """All of them, in a defined order."""
    return [
        K_INDEX,
        *SEA_ICE,
        *(one for code in BUOYS for one in buoy(code).values()),
        *RADIO.values(),
        *map(mean_motion, SATELLITES),
        *(one for code in OBSERVATORIES for one in observatory(code).values()),
    ]
