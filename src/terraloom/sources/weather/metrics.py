"""What is measured of the lower atmosphere."""

from __future__ import annotations

from terraloom.records import Aggregate, Metric

FIELD = "weather"

AIR_TEMPERATURE = Metric(
    id="air_temperature",
    title="Air temperature",
    unit="Cel",
    low=-90.0,
    high=60.0,
    field=FIELD,
    cf_standard_name="air_temperature",
    description="Near the surface, in the shade; 2 m over land.",
)
DEW_POINT = Metric(
    id="dew_point_temperature",
    title="Dew point",
    unit="Cel",
    low=-100.0,
    high=40.0,
    field=FIELD,
    cf_standard_name="dew_point_temperature",
)
RELATIVE_HUMIDITY = Metric(
    id="relative_humidity",
    title="Relative humidity",
    unit="%",
    low=0.0,
    high=105.0,  # instruments overshoot in fog
    field=FIELD,
    cf_standard_name="relative_humidity",
)
SEA_LEVEL_PRESSURE = Metric(
    id="air_pressure_at_mean_sea_level",
    title="Air pressure, reduced to sea level",
    unit="hPa",
    low=860.0,
    high=1090.0,
    field=FIELD,
    cf_standard_name="air_pressure_at_mean_sea_level",
)
SURFACE_PRESSURE = Metric(
    id="surface_air_pressure",
    title="Air pressure at the station",
    unit="hPa",
    low=400.0,
    high=1100.0,
    field=FIELD,
    cf_standard_name="surface_air_pressure",
)
WIND_SPEED = Metric(
    id="wind_speed",
    title="Wind speed",
    unit="m/s",
    low=0.0,
    high=115.0,
    field=FIELD,
    cf_standard_name="wind_speed",
    description="Mean of some minutes, 10 m above ground or at the height of the platform.",
)
WIND_GUST = Metric(
    id="wind_speed_of_gust",
    title="Wind gust",
    unit="m/s",
    low=0.0,
    high=140.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    cf_standard_name="wind_speed_of_gust",
)
WIND_DIRECTION = Metric(
    id="wind_from_direction",
    title="Wind direction",
    unit="deg",
    low=0.0,
    high=360.0,
    field=FIELD,
    aggregate=Aggregate.LAST,  # the mean of 350 and 10 degrees is not 180
    cf_standard_name="wind_from_direction",
    description="Where the wind comes from, clockwise from north.",
)
PRECIPITATION = Metric(
    id="lwe_thickness_of_precipitation_amount",
    title="Precipitation",
    unit="mm",
    low=0.0,
    high=500.0,
    field=FIELD,
    aggregate=Aggregate.SUM,
    cf_standard_name="lwe_thickness_of_precipitation_amount",
    description="Rain and melted snow of one hour.",
)
VISIBILITY = Metric(
    id="visibility_in_air",
    title="Visibility",
    unit="km",
    low=0.0,
    high=300.0,
    field=FIELD,
    cf_standard_name="visibility_in_air",
)
CLOUD_COVER = Metric(
    id="cloud_area_fraction",
    title="Cloud cover",
    unit="%",
    low=0.0,
    high=100.0,
    field=FIELD,
    cf_standard_name="cloud_area_fraction",
)
ALTIMETER_SETTING = Metric(
    id="altimeter_setting",
    title="Altimeter setting (QNH)",
    unit="hPa",
    low=860.0,
    high=1090.0,
    field=FIELD,
    description="Station pressure reduced to sea level in the standard atmosphere, as aviation uses it.",
)
DAILY_MAXIMUM = Metric(
    id="daily_maximum_air_temperature",
    title="Highest air temperature of the day",
    unit="Cel",
    low=-90.0,
    high=60.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    hourly=False,
)
DAILY_MINIMUM = Metric(
    id="daily_minimum_air_temperature",
    title="Lowest air temperature of the day",
    unit="Cel",
    low=-95.0,
    high=50.0,
    field=FIELD,
    aggregate=Aggregate.MIN,
    hourly=False,
)
DAILY_PRECIPITATION = Metric(
    id="daily_precipitation",
    title="Precipitation of the day",
    unit="mm",
    low=0.0,
    high=2000.0,
    field=FIELD,
    aggregate=Aggregate.SUM,
    description="Rain and melted snow.",
    hourly=False,
)
SNOW_DEPTH = Metric(
    id="surface_snow_thickness",
    title="Snow depth",
    unit="cm",
    low=0.0,
    high=2000.0,
    field=FIELD,
    cf_standard_name="surface_snow_thickness",
    hourly=False,
)
