"""What feeds of climate measure: means of days, months and years."""

from __future__ import annotations

from terraloom.records import Metric

FIELD = "climate"


def gas(
    name: str, title: str, unit: str, *, low: float, high: float, cf: bool = True
) -> tuple[Metric, Metric]:
    """A gas in air as measured, and with its seasonal cycle removed."""
    measured = Metric(
        id=f"mole_fraction_of_{name}_in_air",
        title=f"{title} in air",
        unit=unit,
        low=low,
        high=high,
        field=FIELD,
        cf_standard_name=f"mole_fraction_of_{name}_in_air" if cf else "",
        description="Parts of dry air, near the surface.",
        hourly=False,
    )
    trend = Metric(
        id=f"{name}_trend",
        title=f"{title}, seasonal cycle removed",
        unit=unit,
        low=low,
        high=high,
        field=FIELD,
        description="Monthly mean without its mean seasonal cycle.",
        hourly=False,
    )
    return measured, trend


CARBON_DIOXIDE, CARBON_DIOXIDE_TREND = gas("carbon_dioxide", "Carbon dioxide", "[ppm]", low=150, high=1000)
CARBON_DIOXIDE_MONTHLY = Metric(
    id="carbon_dioxide_monthly_mean",
    title="Carbon dioxide in air, monthly mean",
    unit="[ppm]",
    low=150.0,
    high=1000.0,
    field=FIELD,
    cf_standard_name="mole_fraction_of_carbon_dioxide_in_air",
    description="Parts of dry air; a metric of its own, as the daily means begin at the same moments.",
    hourly=False,
)


def index(name: str, title: str, description: str, *, limit: float) -> Metric:
    """A standardised index, dimensionless, within -`limit`..`limit`."""
    return Metric(
        id=f"{name}_index",
        title=title,
        unit="1",
        low=-limit,
        high=limit,
        field=FIELD,
        description=description,
        hourly=False,
    )
