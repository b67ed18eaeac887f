"""What is measured of bodies near the Earth, of their orbits, and in the sky."""

from __future__ import annotations

from terraloom.records import Aggregate, Metric

FIELD = "astronomy"

CLOSE_APPROACH_DISTANCE = Metric(
    id="close_approach_distance",
    title="Close approach: distance from the Earth's centre",
    unit="AU",
    low=4e-5,  # the Earth's radius
    high=2.0,
    field=FIELD,
    aggregate=Aggregate.MIN,
    description=(
        "Nominal distance at the closest point. `time` is the day (UTC), so that a better orbit, which moves "
        "the moment, revises the value; `close_approach_time_of_day` says when."
    ),
    hourly=False,
)
CLOSE_APPROACH_SPEED = Metric(
    id="close_approach_speed",
    title="Close approach: speed relative to the Earth",
    unit="km/s",
    low=0.0,
    high=75.0,  # head-on, unbound objects apart
    field=FIELD,
    aggregate=Aggregate.MAX,
    hourly=False,
)
CLOSE_APPROACH_TIME = Metric(
    id="close_approach_time_of_day",
    title="Close approach: hours after midnight UTC",
    unit="h",
    low=0.0,
    high=24.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    hourly=False,
)
ABSOLUTE_MAGNITUDE = Metric(
    id="absolute_magnitude",
    title="Absolute magnitude H",
    unit="{mag}",
    low=-2.0,
    high=36.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    description="Brightness at 1 au from Sun and observer; the smaller the number, the larger the body.",
    hourly=False,
)
DIAMETER = Metric(
    id="object_diameter",
    title="Diameter of a small body",
    unit="km",
    low=1e-4,
    high=3000.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    hourly=False,
)
ECCENTRICITY = Metric(
    id="orbital_eccentricity",
    title="Eccentricity of an orbit",
    unit="1",
    low=0.0,
    high=10.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    hourly=False,
)
INCLINATION = Metric(
    id="orbital_inclination",
    title="Inclination of an orbit",
    unit="deg",
    low=0.0,
    high=180.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    description="To the Earth's equator for satellites, to the ecliptic (J2000) for what orbits the Sun.",
    hourly=False,
)
RIGHT_ASCENSION = Metric(
    id="right_ascension",
    title="Right ascension",
    unit="deg",
    low=0.0,
    high=360.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    hourly=False,
)
DECLINATION = Metric(
    id="declination",
    title="Declination",
    unit="deg",
    low=-90.0,
    high=90.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    hourly=False,
)


def orbital(name: str, title: str, unit: str, low: float, high: float, description: str = "") -> Metric:
    """What stands at the epoch of an orbit, or says something of the body."""
    return Metric(
        id=name,
        title=title,
        unit=unit,
        low=low,
        high=high,
        field=FIELD,
        aggregate=Aggregate.LAST,
        description=description,
        hourly=False,
    )


SEMI_MAJOR_AXIS = orbital("semi_major_axis", "Semi-major axis of an orbit", "AU", -1e6, 1e6)
PERIHELION_DISTANCE = orbital("perihelion_distance", "Least distance from the Sun", "AU", 0.0, 100.0)
NODE = orbital("ascending_node_longitude", "Longitude of the ascending node", "deg", 0.0, 360.0)
PERIHELION = orbital("perihelion_argument", "Argument of perihelion", "deg", 0.0, 360.0)
COMET_MAGNITUDE = orbital("comet_total_magnitude", "Total magnitude M1 of a comet", "{mag}", -5.0, 30.0)
