"""
NOAA SWPC: the planetary K index of the past week and its forecast for three days.

Rows were arrays of strings until 2025 (names in the first) and are objects with numbers since.
"""

from __future__ import annotations

from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import PLANETARY_K, PREDICTED_K


class SwpcKpForecast(DeclaredSource):
    """
    Observed values are those of `swpc-planetary-k`. Estimated ones are of the rest of today: what a
    forecaster expects of hours to come, and so predictions.
    """

    info = swpc.info(
        "kp-forecast",
        "Planetary K index, forecast for three days",
        "/products/noaa-planetary-k-index-forecast.json",
        PREDICTED_K,
        PLANETARY_K,
        homepage="https://www.spaceweather.gov/products/3-day-geomagnetic-forecast",
        folder="swpc-kp",
    )
    table = Table(
        format=Format.JSON,
        time=("time_tag",),
        place=swpc.EARTH,
        case="observed",
        fields=(
            Field("kp", PLANETARY_K, case="observed"),
            Field("kp", PREDICTED_K, case="estimated"),
            Field("kp", PREDICTED_K, case="predicted"),
        ),
    )
