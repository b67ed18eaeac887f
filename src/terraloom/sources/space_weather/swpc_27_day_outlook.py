"""NOAA SWPC: the outlook for 27 days, one rotation of the Sun, as text; new every Monday."""

from __future__ import annotations

from terraloom.records import Aggregate, Metric
from terraloom.sources.declared import Field, Format, Table
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import F107_PREDICTED, FIELD, PREDICTED_A

LARGEST_K = Metric(
    id="planetary_k_index_daily_maximum_predicted",
    title="Planetary K index, largest of the day, predicted",
    unit="1",
    low=0.0,
    high=9.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="As predicted last, up to 27 days ahead.",
    hourly=False,
)


class Swpc27DayOutlook(swpc.TextTable):
    info = swpc.info(
        "27-day-outlook",
        "Outlook of the space weather for 27 days",
        "/text/27-day-outlook.txt",
        F107_PREDICTED,
        PREDICTED_A,
        LARGEST_K,
        every="6h",
        homepage="https://www.spaceweather.gov/products/27-day-outlook-107-cm-radio-flux-and-geomagnetic-indices",
        folder="swpc-text",
    )
    words = b"27-day Space Weather Outlook"
    table = Table(
        format=Format.TEXT,
        names=("Y", "M", "D", "flux", "A", "K"),
        time=("Y", "M", "D"),
        time_format="%Y %b %d",
        place=swpc.EARTH,
        comment="#:",
        fields=(Field("flux", F107_PREDICTED), Field("A", PREDICTED_A), Field("K", LARGEST_K)),
    )
