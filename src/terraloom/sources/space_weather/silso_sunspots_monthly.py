"""SILSO: the monthly mean of the international sunspot number since 1749."""

from __future__ import annotations

from terraloom.sources.declared import Field
from terraloom.sources.space_weather import silso
from terraloom.sources.space_weather.metrics import SUNSPOT_NUMBER_MONTHLY


class SilsoSunspotsMonthly(silso.SilsoTable):
    info = silso.info(
        "monthly",
        "Sunspot number by months",
        "https://www.sidc.be/SILSO/INFO/snmtotcsv.php",
        SUNSPOT_NUMBER_MONTHLY,
    )
    table = silso.table(
        ("year", "month"), "%Y %m", Field("number", SUNSPOT_NUMBER_MONTHLY, missing=silso.NOTHING)
    )
