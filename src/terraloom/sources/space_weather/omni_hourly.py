"""
OMNI 2: six decades of the solar wind at the Earth by the hour, from CDAWeb's HAPI server.

https://omniweb.gsfc.nasa.gov/html/ow_data.html; dataset OMNI2_H0_MRG1HR. Measured by many spacecraft, and
shifted in time to the nose of the bow shock; an hour's mean stands at its beginning. The field is in
GSM coordinates as everywhere here; its x is that of GSE. Copies of other indices (Kp, sunspots, F10.7) are
left to those who make them; Dst and AE are kept, since 1963.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from terraloom.records import Metric, Observation, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.hapi import HapiSource
from terraloom.sources.space_weather.metrics import (
    DST,
    FIELD,
    FIELD_STRENGTH,
    FIELD_X,
    FIELD_Y,
    FIELD_Z,
    WIND_DENSITY,
    WIND_SPEED,
    WIND_TEMPERATURE,
)

SERVER = "https://cdaweb.gsfc.nasa.gov/hapi"
AE = Metric(
    id="auroral_electrojet_index",
    title="Auroral electrojet index (AE)",
    unit="nT",
    low=0.0,
    high=5000.0,
    field=FIELD,
    description="Strength of the currents in the auroral zone: the spread of the horizontal field there.",
    hourly=False,
)
WIND_PRESSURE = Metric(
    id="solar_wind_dynamic_pressure",
    title="Solar wind, dynamic pressure",
    unit="nPa",
    low=0.0,
    high=200.0,
    field=FIELD,
    hourly=False,
)


class OmniHourly(HapiSource):
    info = SourceInfo(
        id="omni-hourly",
        title="Solar wind at the Earth by the hour since 1963 (OMNI 2)",
        provider="NASA/GSFC Space Physics Data Facility",
        agency="omni",
        url=f"{SERVER}/data?id=OMNI2_H0_MRG1HR&include=header&format=csv",
        every="1d",
        emits=Observation,
        metrics=(
            FIELD_STRENGTH,
            FIELD_X,
            FIELD_Y,
            FIELD_Z,
            WIND_TEMPERATURE,
            WIND_DENSITY,
            WIND_SPEED,
            WIND_PRESSURE,
            DST,
            AE,
        ),
        licence="free with acknowledgement (NASA/GSFC SPDF)",
        citation="OMNI 2 hourly data, NASA/GSFC Space Physics Data Facility, doi:10.48322/1shr-ht18",
        homepage="https://omniweb.gsfc.nasa.gov/",
        folder="hapi",
        rate_per_minute=20,
        enabled=False,  # an archive that grows by months; `terraloom backfill seed omni` brings it in
    )
    dataset = "OMNI2_H0_MRG1HR"
    place = Station(id="omni/bow-shock-nose", title="Nose of the Earth's bow shock", kind="object")
    fields: ClassVar = {
        "ABS_B1800": (FIELD_STRENGTH, "nT"),
        "BX_GSE1800": (FIELD_X, "nT"),
        "BY_GSM1800": (FIELD_Y, "nT"),
        "BZ_GSM1800": (FIELD_Z, "nT"),
        "T1800": (WIND_TEMPERATURE, "K"),
        "N1800": (WIND_DENSITY, "cm-3"),
        "V1800": (WIND_SPEED, "km/s"),
        "Pressure1800": (WIND_PRESSURE, "nPa"),
        "DST1800": (DST, "nT"),
        "AE1800": (AE, "nT"),
    }

    def addresses(self, now: datetime) -> Sequence[str]:
        since = now - timedelta(days=90)
        span = f"time.min={since:%Y-%m-%dT%H:00:00Z}&time.max={now:%Y-%m-%dT%H:00:00Z}"
        return (f"{self.info.url}&parameters={','.join(self.fields)}&{span}",)
