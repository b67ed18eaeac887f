"""
What the feeds of OpenAQ share: which parameter in which unit is which metric.

OpenAQ gathers what some hundred agencies and networks publish, in the units of each: a gas by mass or by mole
fraction. Parameters of other kinds (counts of particles, indices) are left aside.
"""

from __future__ import annotations

from msgspec import Struct

from terraloom.records import Metric
from terraloom.sources.air import metrics as air
from terraloom.sources.values import number
from terraloom.sources.weather import metrics as weather

AGENCY = "openaq"
PROVIDER = "OpenAQ"
LICENCE = "as each provider says; OpenAQ's own work CC BY 4.0 (https://docs.openaq.org/about/about)"
CITATION = "OpenAQ, https://openaq.org/, and the providers that it names"
HOMEPAGE = "https://openaq.org/"
MISSING = frozenset({-99.0, -999.0, -9999.0})
"""What agencies write for no value, and OpenAQ hands on."""

NITROGEN_MONOXIDE = air.by_mass("nitrogen_monoxide", "Nitrogen monoxide", 4000.0)
NITROGEN_OXIDES = air.by_mass("nitrogen_oxides", "Nitrogen oxides, as NO2", 6000.0, cf=False)
BLACK_CARBON = air.by_mass("black_carbon", "Black carbon", 500.0, cf=False)
NITROGEN_MONOXIDE_MOLES = air.by_moles("nitrogen_monoxide", "Nitrogen monoxide", 3000.0)
NITROGEN_OXIDES_MOLES = air.by_moles("nitrogen_oxides", "Nitrogen oxides", 4000.0, cf=False)

BY_MASS = {
    "pm1": air.PM1,
    "pm25": air.PM2P5,
    "pm10": air.PM10,
    "o3": air.OZONE,
    "no2": air.NITROGEN_DIOXIDE,
    "so2": air.SULFUR_DIOXIDE,
    "co": air.CARBON_MONOXIDE,
    "no": NITROGEN_MONOXIDE,
    "nox": NITROGEN_OXIDES,
    "bc": BLACK_CARBON,
}
BY_MOLES = {
    "o3": air.OZONE_MOLES,
    "no2": air.NITROGEN_DIOXIDE_MOLES,
    "so2": air.SULFUR_DIOXIDE_MOLES,
    "co": air.CARBON_MONOXIDE_MOLES,
    "no": NITROGEN_MONOXIDE_MOLES,
    "nox": NITROGEN_OXIDES_MOLES,
}
OTHERWISE = {
    "temperature": weather.AIR_TEMPERATURE,
    "humidity": weather.RELATIVE_HUMIDITY,
    "relativehumidity": weather.RELATIVE_HUMIDITY,
    "pressure": weather.SURFACE_PRESSURE,
    "wind_speed": weather.WIND_SPEED,
    "wind_direction": weather.WIND_DIRECTION,
}
MASSES = {"µg/m³": "ug/m3", "μg/m³": "ug/m3", "ug/m3": "ug/m3", "mg/m³": "mg/m3", "mg/m3": "mg/m3"}
FRACTIONS = {"ppm": "[ppm]", "ppb": "[ppb]"}
UNITS = {"c": "Cel", "f": "[degF]", "mb": "mbar", "hpa": "hPa", "%": "%", "m/s": "m/s", "deg": "deg"}
METRICS = tuple(dict.fromkeys((*BY_MASS.values(), *BY_MOLES.values(), *OTHERWISE.values())))


class Reading(Struct, frozen=True):
    """A value in UCUM."""

    metric: Metric
    value: float
    unit: str


def reading(parameter: str, unit: str, value: object) -> Reading | None:
    """What is measured; None where it is no value, or no parameter that is kept. Raises `RecordError`."""
    metric, code = _metric(parameter.strip().lower(), unit.strip())
    if metric is None or value is None:
        return None
    found = number(f"value of {parameter}", value)
    return None if found in MISSING else Reading(metric, found, code)


def _metric(parameter: str, unit: str) -> tuple[Metric | None, str]:
    if unit in MASSES:
        return BY_MASS.get(parameter), MASSES[unit]
    if unit in FRACTIONS:
        return BY_MOLES.get(parameter), FRACTIONS[unit]
    return OTHERWISE.get(parameter), UNITS.get(unit.lower(), unit)
