"""NOAA SWPC: the interplanetary magnetic field as ACE measures it each minute, as text."""

from __future__ import annotations

from terraloom.sources.declared import Field, Table
from terraloom.sources.space_weather import ace, swpc
from terraloom.sources.space_weather.metrics import FIELD_STRENGTH, FIELD_X, FIELD_Y, FIELD_Z

_NOTHING = ("-999.9",)


class SwpcAceMag(swpc.TextTable):
    """GSM components; latitude and longitude of the field follow from them and are not kept."""

    info = swpc.info(
        "ace-mag",
        "Interplanetary magnetic field, by ACE",
        "/text/ace-magnetometer.txt",
        FIELD_X,
        FIELD_Y,
        FIELD_Z,
        FIELD_STRENGTH,
        every="1h",
        homepage="https://www.spaceweather.gov/products/ace-real-time-solar-wind",
        folder="swpc-ace-text",
    )
    words = b"ACE Satellite - Magnetometer"
    table = Table(
        **ace.LAYOUT,
        names=(*ace.TIMES, "S", "Bx", "By", "Bz", "Bt", "lat", "lon"),
        quality="S",
        fields=(
            Field("Bx", FIELD_X, missing=_NOTHING),
            Field("By", FIELD_Y, missing=_NOTHING),
            Field("Bz", FIELD_Z, missing=_NOTHING),
            Field("Bt", FIELD_STRENGTH, missing=_NOTHING),
        ),
    )
