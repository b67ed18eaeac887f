"""
AirNow: the US air quality index (NowCast) at the monitor nearest to each of some cities,
https://docs.airnowapi.org/.

This is the service by place that replaced those by zip code and by coordinates in 2026. An answer has an
entry for each pollutant, of whichever monitor measures it; it does not say where the monitor is. Times are
local, with the abbreviation of their zone.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric, Observation
from terraloom.sources.air.metrics import FIELD
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.values import utc

URL = "https://www.airnowapi.org/aq/observation/current/ziplatLong/?format=application/json"
CITIES = (  # degrees east, degrees north
    (-74.01, 40.71),  # New York
    (-80.19, 25.76),  # Miami
    (-84.39, 33.75),  # Atlanta
    (-87.63, 41.88),  # Chicago
    (-95.37, 29.76),  # Houston
    (-104.99, 39.74),  # Denver
    (-111.89, 40.76),  # Salt Lake City
    (-112.07, 33.45),  # Phoenix
    (-118.24, 34.05),  # Los Angeles
    (-119.79, 36.74),  # Fresno
    (-122.42, 37.77),  # San Francisco
    (-122.33, 47.61),  # Seattle
    (-149.90, 61.22),  # Anchorage
    (-155.09, 19.71),  # Hilo, downwind of Kilauea
)
ZONES = {
    "UTC": 0,
    "GMT": 0,
    "AST": -4,
    "EDT": -4,
    "EST": -5,
    "CDT": -5,
    "CST": -6,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
    "AKDT": -8,
    "AKST": -9,
    "AKT": -9,
    "HST": -10,
    "SST": -11,
    "GST": 10,
}
"""Hours from UTC. ADT is missing: it would be Alaska's with AirNow, the Atlantic's elsewhere."""


def local(text: str) -> datetime:
    """``2026-07-29 14:00 PDT`` as UTC. Raises `RecordError`."""
    time, _, zone = text.rpartition(" ")
    if zone not in ZONES:
        raise RecordError("localTimeZone", zone, "one of " + ", ".join(ZONES))
    return utc(time, zone=timezone(timedelta(hours=ZONES[zone])), field="dateObserved hourObserved")


def index(pollutant: str, title: str) -> Metric:
    return Metric(
        id=f"us_air_quality_index_{pollutant}",
        title=f"US air quality index, {title}",
        unit="1",
        low=0.0,
        high=500.0,
        field=FIELD,
        aggregate=Aggregate.MAX,
        description="NowCast: 50 is good, above 100 unhealthy for some, above 150 for all, 300 hazardous.",
    )


FIELDS = (
    Field("nowcastAQI", index("ozone", "ozone"), case="OZONE"),
    Field("nowcastAQI", index("pm2p5", "PM2.5"), case="PM2.5"),
    Field("nowcastAQI", index("pm10", "PM10"), case="PM10"),
    Field("nowcastAQI", index("nitrogen_dioxide", "nitrogen dioxide"), case="NO2"),
    Field("nowcastAQI", index("sulfur_dioxide", "sulfur dioxide"), case="SO2"),
    Field("nowcastAQI", index("carbon_monoxide", "carbon monoxide"), case="CO"),
)


class AirnowCurrent(DeclaredSource):
    """
    Fourteen requests an hour, of 500 that a key may; wants one:
    `terraloom auth set airnow env:… --scheme query:API_KEY`.
    """

    info = SourceInfo(
        id="airnow-current",
        title="US air quality index at cities",
        provider="AirNow (US EPA and partners)",
        agency="airnow",
        url=URL,
        every="1h",
        emits=Observation,
        metrics=tuple(field.metric for field in FIELDS),
        licence="free with credit to the agency and AirNow; preliminary (https://docs.airnowapi.org/)",
        citation="AirNow, https://www.airnow.gov/, and the agencies that report to it",
        homepage="https://docs.airnowapi.org/",
        folder="airnow",
        rate_per_minute=10,
        credential="airnow",
    )
    table = Table(
        format=Format.JSON,
        station="siteID",
        title="siteName",
        time=("dateObserved", "hourObserved", "localTimeZone"),
        time_format=local,
        case="parameterName",
        fields=FIELDS,
    )

    def addresses(self, now: datetime) -> tuple[str, ...]:
        return tuple(f"{URL}&latitude={lat}&longitude={lon}" for lon, lat in CITIES)
