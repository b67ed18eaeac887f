"""
NOAA Aviation Weather Center: METARs of airports, https://aviationweather.gov/data/api/.

Built from the public description; no answer is among the recorded samples. `wdir` may be "VRB"; a visibility
of "10+" miles is a bound, not a value, and so left out.
"""

from __future__ import annotations

from terraloom.records import Observation
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import EPOCH_S, DeclaredSource, Field, Format, Table
from terraloom.sources.weather.metrics import (
    AIR_TEMPERATURE,
    ALTIMETER_SETTING,
    DEW_POINT,
    SEA_LEVEL_PRESSURE,
    VISIBILITY,
    WIND_DIRECTION,
    WIND_GUST,
    WIND_SPEED,
)

AIRPORTS = (
    *("BIKF", "EGLL", "LEMD", "LFPG", "EDDF", "LIRF", "EFHK", "ENSB", "UUEE", "LTFM"),  # Europe, Svalbard
    *("OMDB", "OIIE", "VIDP", "VTBS", "WSSS", "WIII", "RPLL", "VHHH", "ZBAA", "RJTT", "RKSI", "UNNT"),  # Asia
    *("GMMN", "HECA", "DNMM", "HAAB", "HKJK", "FAOR"),  # Africa
    *("PANC", "CYVR", "CYYZ", "KJFK", "KMIA", "KDEN", "KLAX", "MMMX", "TJSJ", "BGSF"),  # North America
    *("SKBO", "SPJC", "SBGR", "SCEL", "SAEZ", "SAWH"),  # South America
    *("YSSY", "YPDN", "NZAA", "NFFN", "PHNL", "PGUM", "NZSP"),  # Oceania, South Pole
)
"""One or a few airports of each region; one request brings the last METAR of all."""


class AwcMetar(DeclaredSource):
    """The last reports of some fifty airports over all continents, in the units of aviation."""

    info = SourceInfo(
        id="awc-metar",
        title="Weather at airports (METAR)",
        provider="NOAA Aviation Weather Center",
        agency="awc",
        url="https://aviationweather.gov/api/data/metar?format=json&ids=" + ",".join(AIRPORTS),
        every="30m",
        emits=Observation,
        metrics=(
            AIR_TEMPERATURE,
            DEW_POINT,
            WIND_DIRECTION,
            WIND_SPEED,
            WIND_GUST,
            ALTIMETER_SETTING,
            SEA_LEVEL_PRESSURE,
            VISIBILITY,
        ),
        licence="public domain (US government work)",
        citation="NOAA Aviation Weather Center: METAR",
        homepage="https://aviationweather.gov/data/api/",
        rate_per_minute=10,
    )
    table = Table(
        format=Format.JSON,
        station="icaoId",
        title="name",
        lon="lon",
        lat="lat",
        time=("obsTime",),
        time_format=EPOCH_S,
        fields=(
            Field("temp", AIR_TEMPERATURE, optional=True),
            Field("dewp", DEW_POINT, optional=True),
            Field("wdir", WIND_DIRECTION, missing=("VRB",), optional=True),
            Field("wspd", WIND_SPEED, unit="[kn_i]", optional=True),
            Field("wgst", WIND_GUST, unit="[kn_i]", optional=True),
            Field("altim", ALTIMETER_SETTING, optional=True),
            Field("slp", SEA_LEVEL_PRESSURE, optional=True),
            Field("visib", VISIBILITY, unit="[mi_i]", missing=("6+", "10+"), optional=True),
        ),
    )
