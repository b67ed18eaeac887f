"""NOAA SWPC: sunspot number and F10.7 of the months to come, with their ranges."""

from __future__ import annotations

from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.solar_cycle import month, radio, spots

COLUMNS = {
    "predicted_ssn": spots("predicted", "predicted"),
    "high_ssn": spots("predicted_high", "predicted, upper bound"),
    "low_ssn": spots("predicted_low", "predicted, lower bound"),
    "predicted_f10.7": radio("predicted_monthly", "monthly mean, predicted"),
    "high_f10.7": radio("predicted_monthly_high", "monthly mean, predicted, upper bound"),
    "low_f10.7": radio("predicted_monthly_low", "monthly mean, predicted, lower bound"),
}


class SwpcSolarCyclePredicted(DeclaredSource):
    """Some lists give a day within the month; the value is of the month."""

    info = swpc.info(
        "solar-cycle-predicted",
        "Solar cycle, predicted",
        "/json/solar-cycle/predicted-solar-cycle.json",
        *COLUMNS.values(),
        every="1d",
        homepage="https://www.spaceweather.gov/products/solar-cycle-progression",
        folder="sunpy-swpc",
    )
    table = Table(
        format=Format.JSON,
        time=("time-tag",),
        time_format=month,
        place=swpc.SUN,
        fields=tuple(Field(name, metric) for name, metric in COLUMNS.items()),
    )
