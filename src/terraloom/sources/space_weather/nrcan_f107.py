"""
Natural Resources Canada: the solar radio flux at 10.7 cm, thrice a day since October 2004, from Penticton.

https://www.spaceweather.gc.ca/forecast-prevision/solar-solaire/solarflux/sx-en.php: text with a line of names
and a rule below it; flux as observed, adjusted to 1 au, and by URSI (0.9 of that).
"""

from __future__ import annotations

from terraloom.records import Observation, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.space_weather.metrics import F107, F107_ADJUSTED


class NrcanF107(DeclaredSource):
    """One file of all years, 1.5 MB. The URSI value follows from the adjusted one and is not kept."""

    info = SourceInfo(
        id="nrcan-f107",
        title="Solar radio flux at 10.7 cm, Penticton",
        provider="Natural Resources Canada",
        agency="nrcan",
        url="https://www.spaceweather.gc.ca/solar_flux_data/daily_flux_values/fluxtable.txt",
        every="1d",
        emits=Observation,
        metrics=(F107, F107_ADJUSTED),
        licence="Open Government Licence - Canada",
        citation="Natural Resources Canada and Dominion Radio Astrophysical Observatory: 10.7 cm solar flux",
        homepage="https://www.spaceweather.gc.ca/forecast-prevision/solar-solaire/solarflux/sx-en.php",
        folder="f107",
    )
    table = Table(
        format=Format.TEXT,
        header="fluxdate",
        time=("fluxdate", "fluxtime"),
        time_format="%Y%m%d %H%M%S",
        place=Station(id="nrcan/penticton", title="Sun, from Penticton", kind="object"),
        comment="-",
        fields=(Field("fluxobsflux", F107), Field("fluxadjflux", F107_ADJUSTED)),
    )
