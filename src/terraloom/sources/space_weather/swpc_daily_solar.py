"""NOAA SWPC: what the Sun was like on each of the past 30 days (Daily Solar Data), as text."""

from __future__ import annotations

from terraloom.records import Aggregate, Metric
from terraloom.sources.declared import Cells, Field, Format, Table
from terraloom.sources.space_weather import goes, swpc
from terraloom.sources.space_weather.metrics import F107, FIELD, SUNSPOT_AREA

_NOTHING = ("-1", "-999", "*")


def _number_of(id: str, title: str, high: float, aggregate: Aggregate = Aggregate.SUM) -> Metric:
    return Metric(
        id=id, title=title, unit="1", low=0.0, high=high, field=FIELD, aggregate=aggregate, hourly=False
    )


SWPC_SUNSPOT_NUMBER = Metric(
    id="sunspot_number_swpc",
    title="Sunspot number of SWPC",
    unit="1",
    low=0.0,
    high=700.0,
    field=FIELD,
    description="From the spots that USAF and NOAA observatories report; not SILSO's international number.",
    hourly=False,
)
NEW_REGIONS = _number_of("new_sunspot_regions", "Sunspot regions that appeared", 30.0)
BACKGROUND = Metric(
    id="solar_xray_background_flux",
    title="X-ray background flux of the Sun, 0.1-0.8 nm",
    unit="W/m2",
    low=0.0,
    high=1e-4,
    field=FIELD,
    hourly=False,
)
FLARES = {  # X-ray classes; then optical: subflares and importance 1 to 3
    **{
        name: _number_of(f"solar_flares_{name.lower()}", f"Solar flares of class {name}", 100)
        for name in "CMX"
    },
    "S": _number_of("solar_flares_optical_s", "Solar flares seen in visible light, subflares", 300),
    **{
        name: _number_of(f"solar_flares_optical_{name}", f"Solar flares seen in visible light, {name}", 100)
        for name in "123"
    },
}


class SwpcDailySolar(swpc.TextTable):
    """
    The radio flux is that of 20 UTC at Penticton, and stands at that hour, as `swpc-f107` has it. Also reads
    the list of a whole year.
    """

    info = swpc.info(
        "daily-solar",
        "Daily solar data",
        "/text/daily-solar-indices.txt",
        F107,
        SWPC_SUNSPOT_NUMBER,
        SUNSPOT_AREA,
        NEW_REGIONS,
        BACKGROUND,
        *FLARES.values(),
        every="6h",
        folder="swpc-text",
    )
    words = b"Daily Solar Data"
    table = Table(
        format=Format.TEXT,
        names=("year", "month", "day", "flux", "number", "area", "new", "field", "background", *FLARES),
        time=("year", "month", "day"),
        time_format="%Y %m %d",
        place=swpc.SUN,
        comment="#:",
        fields=(
            Field("flux", F107, missing=_NOTHING, offset_h=20.0),
            Field("number", SWPC_SUNSPOT_NUMBER, missing=_NOTHING),
            Field("area", SUNSPOT_AREA, missing=_NOTHING),
            Field("new", NEW_REGIONS, missing=_NOTHING),
            Field("background", BACKGROUND, missing=_NOTHING),
            *(Field(name, metric, missing=_NOTHING) for name, metric in FLARES.items()),
        ),
    )

    def amend(self, cells: Cells) -> Cells:
        """With the background, given as a class ("B1.2"), in W/m2."""
        return {**cells, "background": goes.xray_flux(str(cells["background"]))}
