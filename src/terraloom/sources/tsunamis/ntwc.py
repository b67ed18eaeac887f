"""The US National Tsunami Warning Center, Palmer, Alaska: the coasts of North America but Hawaii."""

from __future__ import annotations

from terraloom.sources.base import SourceInfo
from terraloom.sources.tsunamis import noaa
from terraloom.sources.tsunamis.bulletins import TENTH_DEGREE_KM


class NtwcBulletins(noaa.TsunamiCentre):
    info = SourceInfo(
        id="ntwc-bulletins",
        title="Tsunami bulletins for North America",
        provider="NOAA National Tsunami Warning Center",
        agency="ntwc",
        url="https://www.tsunami.gov/events/xml/PAAQCAP.xml",
        every="60s",
        licence=noaa.LICENCE,
        citation="National Tsunami Warning Center, US National Weather Service, NOAA",
        homepage=noaa.HOMEPAGE,
        folder="tsunami-text",
        priority=20,
        time_resolution_s=60.0,
        position_error_km=TENTH_DEGREE_KM,
    )
    centre = "PAAQ"
