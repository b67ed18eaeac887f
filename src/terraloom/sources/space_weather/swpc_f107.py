"""NOAA SWPC: the solar radio flux at 10.7 cm, measured at Penticton three times a day."""

from __future__ import annotations

from terraloom.records import Metric
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import F107, FIELD, SFU

F107_90_DAYS = Metric(
    id="solar_radio_flux_10_7cm_90_days",
    title="Solar radio flux at 10.7 cm, mean of 90 days",
    unit=SFU,
    low=50.0,
    high=1000.0,
    field=FIELD,
    description="Mean of the noon values of the 90 days that end with this one.",
    hourly=False,
)


class SwpcF107(DeclaredSource):
    """The mean of 90 days stands beside the noon value only."""

    info = swpc.info(
        "f107",
        "Solar radio flux at 10.7 cm",
        "/json/f107_cm_flux.json",
        F107,
        F107_90_DAYS,
        homepage="https://www.spaceweather.gov/phenomena/f107-cm-radio-emissions",
        folder="swpc-f107",
    )
    table = Table(
        format=Format.JSON,
        time=("time_tag",),
        place=swpc.SUN,
        fields=(Field("flux", F107), Field("ninety_day_mean", F107_90_DAYS)),
    )
