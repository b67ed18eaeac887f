"""
Open-Meteo: air quality at two dozen cities, by the Copernicus atmosphere model (CAMS),
https://open-meteo.com/en/docs/air-quality-api.

Built from the public description; no answer is among the recorded samples. Pollen is known for Europe alone
and null elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from terraloom.records import Metric, Observation, Payload, Record
from terraloom.sources.air.metrics import (
    CARBON_MONOXIDE,
    FIELD,
    NITROGEN_DIOXIDE,
    OZONE,
    PM2P5,
    PM10,
    SULFUR_DIOXIDE,
    by_mass,
)
from terraloom.sources.base import Source, SourceInfo
from terraloom.sources.weather import open_meteo
from terraloom.sources.weather.open_meteo import Variable

DUST = by_mass("dust_dry_aerosol_particles", "Dust", 50_000.0)
OPTICAL_DEPTH = Metric(
    id="atmosphere_optical_thickness_due_to_ambient_aerosol_particles",
    title="Aerosol optical depth",
    unit="1",
    low=0.0,
    high=15.0,
    field=FIELD,
    cf_standard_name="atmosphere_optical_thickness_due_to_ambient_aerosol_particles",
    description="At 550 nm: 0.1 is a clear sky, 1 hides the Sun's disc in haze.",
)


def pollen(plant: str) -> Metric:
    return Metric(
        id=f"{plant}_pollen_concentration",
        title=f"{plant.capitalize()} pollen",
        unit="{grains}/m3",
        low=0.0,
        high=50_000.0,
        field=FIELD,
    )


VARIABLES = (
    Variable("hourly", "pm2_5", PM2P5),
    Variable("hourly", "pm10", PM10),
    Variable("hourly", "ozone", OZONE),
    Variable("hourly", "nitrogen_dioxide", NITROGEN_DIOXIDE),
    Variable("hourly", "sulphur_dioxide", SULFUR_DIOXIDE),
    Variable("hourly", "carbon_monoxide", CARBON_MONOXIDE),
    Variable("hourly", "dust", DUST),
    Variable("hourly", "aerosol_optical_depth", OPTICAL_DEPTH),
    Variable("hourly", "birch_pollen", pollen("birch")),
    Variable("hourly", "grass_pollen", pollen("grass")),
)


class OpenMeteoAirQuality(Source):
    """The model's last three hours; it is run anew twice a day, so that hours are revised."""

    info = SourceInfo(
        id="open-meteo-air-quality",
        title="Air quality and pollen at cities",
        provider="Open-Meteo",
        agency=open_meteo.AGENCY,
        url=open_meteo.address("air-quality-api.open-meteo.com/v1/air-quality", VARIABLES, "past_hours=3"),
        every="5m",
        emits=Observation,
        metrics=tuple(one.metric for one in VARIABLES),
        licence=open_meteo.LICENCE,
        citation=f"{open_meteo.CITATION}; CAMS ensemble data provider (Copernicus)",
        homepage="https://open-meteo.com/en/docs/air-quality-api",
        folder="open-meteo",
        rate_per_minute=10,
    )

    def recognises(self, payload: Payload) -> bool:
        return open_meteo.looks_like(payload.body, VARIABLES)

    def parse(self, payload: Payload) -> Iterator[Record]:
        return open_meteo.read(payload, VARIABLES)
