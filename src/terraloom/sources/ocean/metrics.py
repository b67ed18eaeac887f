"""What feeds of the ocean measure."""

from __future__ import annotations

from terraloom.records import Metric

FIELD = "ocean"

SEA_SURFACE_TEMPERATURE = Metric(
    id="sea_surface_temperature",
    title="Sea surface temperature",
    unit="Cel",
    low=-2.5,
    high=40.0,
    field=FIELD,
    cf_standard_name="sea_surface_temperature",
    description="Of the water within a few metres of the surface; at the depth of the instrument's sensor.",
)
SEA_SURFACE_TEMPERATURE_ANOMALY = Metric(
    id="sea_surface_temperature_anomaly",
    title="Sea surface temperature anomaly",
    unit="K",
    low=-15.0,
    high=15.0,
    field=FIELD,
    description="Against the mean of 1991 to 2020 of the same month.",
    hourly=False,
)
