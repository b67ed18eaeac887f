"""
What is measured in the air: gases and particles by mass or by mole fraction, and ionizing radiation.

A mass concentration does not become a mole fraction without the air's temperature and pressure, so each gas
has two metrics, and a feed fills the one that it measures.
"""

from __future__ import annotations

from terraloom.records import Metric

FIELD = "air quality"
RADIATION = "radiation"


def by_mass(what: str, title: str, high: float, *, low: float = 0.0, cf: bool = True) -> Metric:
    """Mass concentration, ug/m3; `cf` says that its id is a CF standard name."""
    name = f"mass_concentration_of_{what}_in_air"
    return Metric(
        id=name,
        title=title,
        unit="ug/m3",
        low=low,
        high=high,
        field=FIELD,
        cf_standard_name=name if cf else "",
    )


def by_moles(what: str, title: str, high: float, *, cf: bool = True) -> Metric:
    """Mole fraction, ppb. Instruments drift a little below zero."""
    name = f"mole_fraction_of_{what}_in_air"
    return Metric(
        id=name,
        title=f"{title}, mole fraction",
        unit="[ppb]",
        low=-20.0,
        high=high,
        field=FIELD,
        cf_standard_name=name if cf else "",
    )


# Monitors that weigh filters by beta rays read down to -10 in clean air.
PM1 = by_mass("pm1_ambient_aerosol_particles", "PM1", 5000.0, low=-10.0)
PM2P5 = by_mass("pm2p5_ambient_aerosol_particles", "PM2.5", 5000.0, low=-10.0)
PM10 = by_mass("pm10_ambient_aerosol_particles", "PM10", 10_000.0, low=-10.0)
OZONE = by_mass("ozone", "Ozone", 1500.0)
NITROGEN_DIOXIDE = by_mass("nitrogen_dioxide", "Nitrogen dioxide", 4000.0)
SULFUR_DIOXIDE = by_mass("sulfur_dioxide", "Sulfur dioxide", 30_000.0)
CARBON_MONOXIDE = by_mass("carbon_monoxide", "Carbon monoxide", 100_000.0)

OZONE_MOLES = by_moles("ozone", "Ozone", 800.0)
NITROGEN_DIOXIDE_MOLES = by_moles("nitrogen_dioxide", "Nitrogen dioxide", 2000.0)
SULFUR_DIOXIDE_MOLES = by_moles("sulfur_dioxide", "Sulfur dioxide", 12_000.0)
CARBON_MONOXIDE_MOLES = by_moles("carbon_monoxide", "Carbon monoxide", 100_000.0)

GAMMA_DOSE_RATE = Metric(
    id="ambient_dose_equivalent_rate",
    title="Gamma dose rate",
    unit="uSv/h",
    low=0.0,
    high=1e6,
    field=RADIATION,
    description="H*(10). Natural background is 0.05 to 0.2, in rain up to twice that for some hours.",
)
