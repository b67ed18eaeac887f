"""What is measured of fresh water."""

from __future__ import annotations

from terraloom.records import Metric

FIELD = "water"

DISCHARGE = Metric(
    id="water_volume_transport_in_river_channel",
    title="River discharge",
    unit="m3/s",
    low=-20_000.0,  # tides turn rivers around
    high=400_000.0,
    field=FIELD,
    cf_standard_name="water_volume_transport_in_river_channel",
)
DAILY_DISCHARGE = Metric(
    id="river_discharge_daily_mean",
    title="River discharge, daily mean",
    unit="m3/s",
    low=-20_000.0,
    high=400_000.0,
    field=FIELD,
    cf_standard_name="water_volume_transport_in_river_channel",
    description="Of a day of the gauge's own zone.",
    hourly=False,
)
STAGE = Metric(
    id="river_stage",
    title="River stage",
    unit="m",
    low=-50.0,
    high=500.0,
    field=FIELD,
    description="Height of the water above the zero of the gauge.",
)
