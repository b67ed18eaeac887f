"""
Where a satellite is, from its mean elements.

Frames: SGP4 gives positions in TEME (true equator, mean equinox of date). Turned by the Greenwich mean
sidereal time of 1982 they are fixed to the Earth (pseudo Earth-fixed; Vallado, Crawford, Hujsak & Kelso,
2006, doi:10.2514/6.2006-6753), then geodetic on WGS 84. UTC stands for UT1 (0.9 s apart at most: 0.4 km
along the equator) and polar motion (15 m) is left out; the elements themselves are no better than a
kilometre.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from pyproj import Transformer

SGP4_EPOCH = datetime(1949, 12, 31, tzinfo=UTC)
J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
J2000_JD = 2451545.0
DAY = timedelta(days=1)
REVOLUTIONS_PER_DAY = 2.0 * math.pi / 1440.0  # in radians per minute

Vector = tuple[float, float, float]


class MeanElements(Struct, frozen=True, kw_only=True):
    """Elements of SGP4 (Brouwer means, TEME): angles in degrees, motion in revolutions per day."""

    epoch: datetime
    mean_motion: float
    eccentricity: float
    inclination: float
    node: float  # right ascension of the ascending node
    perigee: float  # argument of perigee
    anomaly: float  # mean anomaly
    bstar: float  # drag, per Earth radius
    mean_motion_dot: float = 0.0  # half the rate, rev/d²
    mean_motion_ddot: float = 0.0  # a sixth of its rate, rev/d³


def teme(elements: MeanElements, at: datetime) -> Vector | None:
    """Position in TEME, km; None where the elements are no orbit, or SGP4 says that it has decayed."""
    from sgp4.api import WGS72, Satrec

    if not (0.0 < elements.mean_motion < 20.0 and 0.0 <= elements.eccentricity < 1.0):
        return None
    satellite = Satrec()
    satellite.sgp4init(
        WGS72,
        "i",
        0,
        (elements.epoch - SGP4_EPOCH) / DAY,
        elements.bstar,
        elements.mean_motion_dot * REVOLUTIONS_PER_DAY / 1440.0,
        elements.mean_motion_ddot * REVOLUTIONS_PER_DAY / 1440.0**2,
        elements.eccentricity,
        math.radians(elements.perigee),
        math.radians(elements.inclination),
        math.radians(elements.anomaly),
        elements.mean_motion * REVOLUTIONS_PER_DAY,
        math.radians(elements.node),
    )
    failed, position, _ = satellite.sgp4(J2000_JD, (at - J2000) / DAY)
    if failed or not all(math.isfinite(part) for part in position):
        return None
    x, y, z = position
    return x, y, z


def geodetic(position: Vector, at: datetime) -> Vector:
    """A position in TEME (km) as degrees east, degrees north and height above the WGS 84 ellipsoid, km."""
    angle = sidereal_time(at)
    x, y, z = position
    east = math.cos(angle) * x + math.sin(angle) * y
    north = math.cos(angle) * y - math.sin(angle) * x
    lon, lat, height = _to_geodetic().transform(east * 1e3, north * 1e3, z * 1e3)
    return lon, lat, height / 1e3


def sidereal_time(at: datetime) -> float:
    """Greenwich mean sidereal time (IAU 1982) in radians, with UTC for UT1."""
    centuries = (at - J2000) / DAY / 36525.0
    seconds = (
        67310.54841
        + (876600.0 * 3600.0 + 8640184.812866) * centuries
        + 0.093104 * centuries**2
        - 6.2e-6 * centuries**3
    )
    return math.radians(seconds % 86400.0 / 240.0)


@cache
def _to_geodetic() -> Transformer:
    from pyproj import Transformer

    return Transformer.from_pipeline(
        "+proj=pipeline +step +inv +proj=cart +ellps=WGS84 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
