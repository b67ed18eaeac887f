"""
NOAA NDBC: the latest observation of every buoy and coastal station, https://www.ndbc.noaa.gov/docs/ndbc_web_data_guide.pdf.

One text for about nine hundred stations. Two lines of names, the second of units; MM is missing. Drifting
platforms are where they were last. Built from the description of the file.
"""

from __future__ import annotations

from terraloom.records import Metric, Observation
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.ocean import metrics as ocean
from terraloom.sources.weather import metrics as weather


def column(name: str, metric: Metric, unit: str = "") -> Field:
    """A column of the table; some editions of the file lack one or another."""
    return Field(name, metric, unit=unit, missing=("MM",), optional=True)


FIELDS = (
    column("WDIR", weather.WIND_DIRECTION),
    column("WSPD", weather.WIND_SPEED),
    column("GST", weather.WIND_GUST),
    column("WVHT", ocean.WAVE_HEIGHT),
    column("DPD", ocean.WAVE_PEAK_PERIOD),
    column("APD", ocean.WAVE_MEAN_PERIOD),
    column("MWD", ocean.WAVE_DIRECTION),
    column("PRES", weather.SEA_LEVEL_PRESSURE),
    column("ATMP", weather.AIR_TEMPERATURE),
    column("WTMP", ocean.SEA_SURFACE_TEMPERATURE),
    column("DEWP", weather.DEW_POINT),
    column("VIS", weather.VISIBILITY, unit="[nmi_i]"),
    column("TIDE", ocean.WATER_LEVEL, unit="[ft_i]"),
)


class NdbcLatest(DeclaredSource):
    info = SourceInfo(
        id="ndbc-latest",
        title="Buoys and coastal stations, latest observations",
        provider="NOAA NDBC",
        agency="ndbc",
        url="https://www.ndbc.noaa.gov/data/latest_obs/latest_obs.txt",
        every="1h",
        emits=Observation,
        metrics=tuple(field.metric for field in FIELDS),
        licence="public domain",
        citation="NOAA National Data Buoy Center: latest observations",
        homepage="https://www.ndbc.noaa.gov/",
        folder="noaa-ndbc",
    )
    table = Table(
        format=Format.TEXT,
        header="#STN",
        time=("YYYY", "MM", "DD", "hh", "mm"),
        time_format="%Y %m %d %H %M",
        station="STN",
        lon="LON",
        lat="LAT",
        fields=FIELDS,
    )
