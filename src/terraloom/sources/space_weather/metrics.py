"""What feeds of space weather measure."""

from __future__ import annotations

from terraloom.records import Aggregate, Metric

FIELD = "space weather"

PLANETARY_K = Metric(
    id="planetary_k_index",
    title="Planetary K index",
    unit="1",
    low=0.0,
    high=9.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="Disturbance of the Earth's magnetic field in three hours, 0 (quiet) to 9 (extreme storm).",
    hourly=False,
)
ESTIMATED_K = Metric(
    id="planetary_k_index_estimated",
    title="Planetary K index, estimated each minute",
    unit="1",
    low=0.0,
    high=9.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="Of the three hours that end with the minute.",
)
PREDICTED_K = Metric(
    id="planetary_k_index_predicted",
    title="Planetary K index, predicted",
    unit="1",
    low=0.0,
    high=9.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="Of three hours, as predicted last.",
    hourly=False,
)
PLANETARY_AP = Metric(
    id="planetary_ap_index",
    title="Planetary ap index",
    unit="1",
    low=0.0,
    high=400.0,
    field=FIELD,
    description="K of three hours on a linear scale: half the nT by which the field varies at 50 degrees.",
    hourly=False,
)
PLANETARY_A = Metric(
    id="planetary_a_index",
    title="Planetary A index",
    unit="1",
    low=0.0,
    high=400.0,
    field=FIELD,
    description="Mean of the day's eight ap indices.",
    hourly=False,
)
PREDICTED_A = Metric(
    id="planetary_a_index_predicted",
    title="Planetary A index, predicted",
    unit="1",
    low=0.0,
    high=400.0,
    field=FIELD,
    description="Of the day, as predicted last.",
    hourly=False,
)
DST = Metric(
    id="dst_index",
    title="Dst index",
    unit="nT",
    low=-2000.0,  # -589 nT in March 1989, about -900 nT in September 1859
    high=200.0,
    field=FIELD,
    aggregate=Aggregate.MIN,
    description="Strength of the ring current around the Earth, from the horizontal field near the equator: "
    "below -50 nT a storm, below -250 nT a superstorm.",
    hourly=False,
)

SFU = "10*-22.W/(m2.Hz)"  # solar flux unit
F107 = Metric(
    id="solar_radio_flux_10_7cm",
    title="Solar radio flux at 10.7 cm",
    unit=SFU,
    low=50.0,  # the quiet Sun has 64
    high=1000.0,  # bursts may exceed it for minutes
    field=FIELD,
    description="At 2800 MHz, as observed, in solar flux units; follows the Sun's activity.",
    hourly=False,
)
F107_ADJUSTED = Metric(
    id="solar_radio_flux_10_7cm_adjusted",
    title="Solar radio flux at 10.7 cm, adjusted to 1 au",
    unit=SFU,
    low=50.0,
    high=1000.0,
    field=FIELD,
    description="As it would be at the Earth's mean distance from the Sun.",
    hourly=False,
)
F107_PREDICTED = Metric(
    id="solar_radio_flux_10_7cm_predicted",
    title="Solar radio flux at 10.7 cm, predicted",
    unit=SFU,
    low=50.0,
    high=1000.0,
    field=FIELD,
    description="Of the day, as predicted last.",
    hourly=False,
)
SUNSPOT_NUMBER = Metric(
    id="sunspot_number",
    title="Sunspot number",
    unit="1",
    low=0.0,
    high=700.0,  # 528 on 26 August 1870
    field=FIELD,
    description="International sunspot number of the day, version 2.0 (SILSO).",
    hourly=False,
)
SUNSPOT_NUMBER_MONTHLY = Metric(
    id="sunspot_number_monthly",
    title="Sunspot number, monthly mean",
    unit="1",
    low=0.0,
    high=500.0,
    field=FIELD,
    description="Mean of the daily international sunspot numbers of the month, version 2.0 (SILSO).",
    hourly=False,
)
SUNSPOT_AREA = Metric(
    id="sunspot_area",
    title="Area of all sunspots",
    unit="[ppm]",
    low=0.0,
    high=10_000.0,  # 6132 in April 1947
    field=FIELD,
    description="In millionths of the visible hemisphere.",
    hourly=False,
)


def solar_wind(what: str, title: str, unit: str, low: float, high: float) -> Metric:
    """A metric of the plasma that reaches the Earth from the Sun, measured at the Lagrange point L1."""
    return Metric(
        id=f"solar_wind_{what}", title=f"Solar wind, {title}", unit=unit, low=low, high=high, field=FIELD
    )


WIND_SPEED = solar_wind("speed", "speed of protons", "km/s", 150.0, 3000.0)
WIND_DENSITY = solar_wind("proton_density", "density of protons", "cm-3", 0.0, 300.0)
WIND_TEMPERATURE = solar_wind("proton_temperature", "temperature of protons", "K", 500.0, 1e7)


def interplanetary_field(what: str, title: str, low: float = -150.0) -> Metric:
    """A metric of the Sun's magnetic field at L1, in GSM coordinates (x to the Sun, z near north)."""
    return Metric(
        id=f"interplanetary_magnetic_field_{what}",
        title=f"Interplanetary magnetic field, {title}",
        unit="nT",
        low=low,
        high=150.0,
        field=FIELD,
    )


FIELD_X = interplanetary_field("x", "towards the Sun")
FIELD_Y = interplanetary_field("y", "towards dusk")
FIELD_Z = interplanetary_field("z", "northward")  # a southward (negative) one lets the solar wind in
FIELD_STRENGTH = interplanetary_field("strength", "strength", low=0.0)
