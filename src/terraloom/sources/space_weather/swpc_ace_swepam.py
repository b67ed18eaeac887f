"""NOAA SWPC: the solar wind's plasma as ACE measures it each minute (SWEPAM), as text."""

from __future__ import annotations

from terraloom.sources.declared import Field, Table
from terraloom.sources.space_weather import ace, swpc
from terraloom.sources.space_weather.metrics import WIND_DENSITY, WIND_SPEED, WIND_TEMPERATURE


class SwpcAceSwepam(swpc.TextTable):
    """Also reads the list of a whole day."""

    info = swpc.info(
        "ace-swepam",
        "Plasma of the solar wind, by ACE",
        "/text/ace-swepam.txt",
        WIND_DENSITY,
        WIND_SPEED,
        WIND_TEMPERATURE,
        every="1h",
        homepage="https://www.spaceweather.gov/products/ace-real-time-solar-wind",
        folder="swpc-ace-text",
    )
    words = b"ACE Satellite - Solar Wind Electron Proton Alpha Monitor"
    table = Table(
        **ace.LAYOUT,
        names=(*ace.TIMES, "S", "density", "speed", "temperature"),
        quality="S",
        fields=(
            Field("density", WIND_DENSITY, missing=("-9999.9",)),
            Field("speed", WIND_SPEED, missing=("-9999.9",)),
            Field("temperature", WIND_TEMPERATURE, missing=("-1.00e+05",)),
        ),
    )
