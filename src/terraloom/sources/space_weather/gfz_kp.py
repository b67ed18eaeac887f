"""GFZ: Kp, ap, Ap, sunspot number and F10.7 of the past 30 days, from where Kp is made."""

from __future__ import annotations

from terraloom.sources.declared import Field, Format, Table
from terraloom.sources.space_weather import gfz_indices
from terraloom.sources.space_weather.gfz_indices import MISSING, index
from terraloom.sources.space_weather.metrics import (
    F107,
    F107_ADJUSTED,
    PLANETARY_A,
    PLANETARY_AP,
    PLANETARY_K,
    SUNSPOT_NUMBER,
)

NOON_H = 20.0  # local noon at Penticton, where F10.7 is measured, UTC
_EIGHT = range(8)
_K, _AP = [f"Kp{n + 1}" for n in _EIGHT], [f"ap{n + 1}" for n in _EIGHT]
_DAILY = ("Ap", "SN", "Fobs", "Fadj")


class GfzKp(gfz_indices.GfzIndices):
    """
    Nowcasts, replaced by definitive values half a month later. In the text a line is a day: eight Kp, eight
    ap, and the day's own values.
    """

    info = gfz_indices.info(
        "kp",
        "Geomagnetic indices Kp, ap and Ap",
        "Kp_ap_Ap_SN_F107_nowcast.txt",
        PLANETARY_K,
        PLANETARY_AP,
        PLANETARY_A,
        SUNSPOT_NUMBER,
        F107,
        F107_ADJUSTED,
        licence="CC BY 4.0; sunspot numbers CC BY-NC 4.0",
        citation="Matzka et al. (2021): Geomagnetic Kp index, GFZ Data Services, doi 10.5880/Kp.0001",
    )
    words = b"#YYY MM DD  days  days_m  Bsr dB    Kp1"
    table = Table(
        format=Format.TEXT,
        names=("Y", "M", "D", "days", "mid", "rotation", "day of it", *_K, *_AP, *_DAILY, "definitive"),
        time=("Y", "M", "D"),
        time_format="%Y %m %d",
        place=gfz_indices.EARTH,
        fields=(
            *(Field(name, PLANETARY_K, missing=MISSING, offset_h=3.0 * n) for n, name in enumerate(_K)),
            *(Field(name, PLANETARY_AP, missing=MISSING, offset_h=3.0 * n) for n, name in enumerate(_AP)),
            Field("Ap", PLANETARY_A, missing=MISSING),
            Field("SN", SUNSPOT_NUMBER, missing=MISSING),
            Field("Fobs", F107, missing=MISSING, offset_h=NOON_H),
            Field("Fadj", F107_ADJUSTED, missing=MISSING, offset_h=NOON_H),
        ),
    )
    columns = (
        index("Kp", PLANETARY_K),
        index("ap", PLANETARY_AP),
        index("Ap", PLANETARY_A),
        index("SN", SUNSPOT_NUMBER),
        index("Fobs", F107, NOON_H),
        index("Fadj", F107_ADJUSTED, NOON_H),
    )
