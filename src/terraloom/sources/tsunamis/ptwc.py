"""The Pacific Tsunami Warning Center, Honolulu: Hawaii, the countries of the Pacific and the Caribbean."""

from __future__ import annotations

from terraloom.sources.base import SourceInfo
from terraloom.sources.tsunamis import noaa
from terraloom.sources.tsunamis.bulletins import TENTH_DEGREE_KM


class PtwcBulletins(noaa.TsunamiCentre):
    info = SourceInfo(
        id="ptwc-bulletins",
        title="Tsunami bulletins for the Pacific and the Caribbean",
        provider="NOAA Pacific Tsunami Warning Center",
        agency="ptwc",
        url="https://www.tsunami.gov/events/xml/PHEBCAP.xml",
        every="60s",
        licence=noaa.LICENCE,
        citation="Pacific Tsunami Warning Center, US National Weather Service, NOAA",
        homepage=noaa.HOMEPAGE,
        folder="tsunami-text",
        priority=21,
        time_resolution_s=60.0,
        position_error_km=TENTH_DEGREE_KM,
    )
    centre = "PHEB"
