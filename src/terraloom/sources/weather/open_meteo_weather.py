"""
Open-Meteo: weather at two dozen cities, from the best model of each place, https://open-meteo.com/en/docs.

Of the hour that ends at the stated time are sums and maxima (precipitation, gusts, radiation); they stand at
the hour's beginning. Chances and weather codes are left out, and so is every forecast.
"""

from __future__ import annotations

from collections.abc import Iterator

from terraloom.records import Metric, Observation, Payload, Record
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.weather import open_meteo
from terraloom.sources.weather.metrics import (
    AIR_TEMPERATURE,
    CLOUD_COVER,
    DAILY_MAXIMUM,
    DAILY_MINIMUM,
    DAILY_PRECIPITATION,
    DEW_POINT,
    FIELD,
    PRECIPITATION,
    RELATIVE_HUMIDITY,
    SEA_LEVEL_PRESSURE,
    SURFACE_PRESSURE,
    VISIBILITY,
    WIND_DIRECTION,
    WIND_GUST,
    WIND_SPEED,
)
from terraloom.sources.weather.open_meteo import Variable

UV_INDEX = Metric(
    id="ultraviolet_index",
    title="UV index",
    unit="1",
    low=0.0,
    high=20.0,
    field=FIELD,
    cf_standard_name="ultraviolet_index",
)
APPARENT_TEMPERATURE = Metric(
    id="apparent_air_temperature",
    title="Apparent temperature",
    unit="Cel",
    low=-110.0,
    high=75.0,
    field=FIELD,
    cf_standard_name="apparent_air_temperature",
    description="What the air feels like, with its humidity, wind and sunshine.",
)
ASKED = (
    Variable("hourly", "temperature_2m", AIR_TEMPERATURE),
    Variable("hourly", "relative_humidity_2m", RELATIVE_HUMIDITY),
    Variable("hourly", "dew_point_2m", DEW_POINT),
    Variable("hourly", "pressure_msl", SEA_LEVEL_PRESSURE),
    Variable("hourly", "wind_speed_10m", WIND_SPEED),
    Variable("hourly", "wind_direction_10m", WIND_DIRECTION),
    Variable("hourly", "wind_gusts_10m", WIND_GUST, before=True),
    Variable("hourly", "precipitation", PRECIPITATION, before=True),
    Variable("hourly", "cloud_cover", CLOUD_COVER),
    Variable("hourly", "uv_index", UV_INDEX),
)
VARIABLES = (
    *ASKED,
    Variable("hourly", "apparent_temperature", APPARENT_TEMPERATURE),
    Variable("hourly", "surface_pressure", SURFACE_PRESSURE),
    Variable("hourly", "visibility", VISIBILITY),
    Variable("daily", "temperature_2m_max", DAILY_MAXIMUM),
    Variable("daily", "temperature_2m_min", DAILY_MINIMUM),
    Variable("daily", "precipitation_sum", DAILY_PRECIPITATION),
)


class OpenMeteoWeather(Source):
    """The last six hours of ten variables: ten are one call a place, more would count double."""

    info = SourceInfo(
        id="open-meteo-weather",
        title="Weather at cities",
        provider="Open-Meteo",
        agency=open_meteo.AGENCY,
        url=open_meteo.address("api.open-meteo.com/v1/forecast", ASKED, "past_hours=6"),
        every="1h",
        emits=Observation,
        metrics=tuple(one.metric for one in VARIABLES),
        licence=open_meteo.LICENCE,
        citation=open_meteo.CITATION,
        homepage="https://open-meteo.com/",
        folder="open-meteo",
        rate_per_minute=10,
    )

    def recognises(self, payload: Payload) -> bool:
        return open_meteo.looks_like(payload.body, VARIABLES)

    def parse(self, payload: Payload) -> Iterator[Record]:
        return open_meteo.read(payload, VARIABLES)
