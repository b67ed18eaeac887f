"""What feeds of the ocean measure."""

from __future__ import annotations

from terraloom.records import Aggregate, Metric

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
WATER_LEVEL = Metric(
    id="water_surface_height_above_reference_datum",
    title="Water level",
    unit="m",
    low=-15.0,
    high=20.0,
    field=FIELD,
    cf_standard_name="water_surface_height_above_reference_datum",
    description="Of the sea at the coast, above mean lower low water.",
)
TIDE = Metric(
    id="tidal_sea_surface_height_above_mean_lower_low_water",
    title="Predicted tide",
    unit="m",
    low=-15.0,
    high=20.0,
    field=FIELD,
    cf_standard_name="tidal_sea_surface_height_above_mean_lower_low_water",
    description="Foretold from harmonic constants; the water level less this is what weather adds.",
)
CURRENT_SPEED = Metric(
    id="sea_water_speed",
    title="Current",
    unit="m/s",
    low=0.0,
    high=6.0,
    field=FIELD,
    cf_standard_name="sea_water_speed",
)
CURRENT_DIRECTION = Metric(
    id="sea_water_velocity_to_direction",
    title="Direction of the current",
    unit="deg",
    low=0.0,
    high=360.0,
    field=FIELD,
    aggregate=Aggregate.LAST,  # the mean of 350 and 10 degrees is not 180
    cf_standard_name="sea_water_velocity_to_direction",
    description="Where the water flows to, clockwise from north.",
)
WAVE_HEIGHT = Metric(
    id="sea_surface_wave_significant_height",
    title="Significant wave height",
    unit="m",
    low=0.0,
    high=30.0,
    field=FIELD,
    cf_standard_name="sea_surface_wave_significant_height",
    description="Mean of the highest third of the waves.",
)
WAVE_PEAK_PERIOD = Metric(
    id="sea_surface_wave_period_at_variance_spectral_density_maximum",
    title="Dominant wave period",
    unit="s",
    low=0.0,
    high=40.0,
    field=FIELD,
    cf_standard_name="sea_surface_wave_period_at_variance_spectral_density_maximum",
)
WAVE_MEAN_PERIOD = Metric(
    id="sea_surface_wave_mean_period",
    title="Mean wave period",
    unit="s",
    low=0.0,
    high=40.0,
    field=FIELD,
    cf_standard_name="sea_surface_wave_mean_period",
)
WAVE_DIRECTION = Metric(
    id="sea_surface_wave_from_direction",
    title="Wave direction",
    unit="deg",
    low=0.0,
    high=360.0,
    field=FIELD,
    aggregate=Aggregate.LAST,
    cf_standard_name="sea_surface_wave_from_direction",
    description="Where the waves of the dominant period come from, clockwise from north.",
)
