"""SILSO: the international sunspot number of each day since 1818."""

from __future__ import annotations

from terraloom.sources.declared import Field
from terraloom.sources.space_weather import silso
from terraloom.sources.space_weather.metrics import SUNSPOT_NUMBER


class SilsoSunspotsDaily(silso.SilsoTable):
    """Days on which nobody saw the Sun (-1), up to 1848, have no value. New months come in as a whole."""

    info = silso.info(
        "daily", "Sunspot number by days", "https://www.sidc.be/SILSO/INFO/sndtotcsv.php", SUNSPOT_NUMBER
    )
    table = silso.table(
        ("year", "month", "day"), "%Y %m %d", Field("number", SUNSPOT_NUMBER, missing=silso.NOTHING)
    )
