"""NOAA SWPC: the flux of protons in thirteen bands of energy, as GOES measures it every five minutes."""

from __future__ import annotations

from terraloom.sources.declared import DeclaredSource, Field, Table
from terraloom.sources.space_weather import goes

CHANNELS = {  # MeV, of GOES-16 to -19
    "P1": "1.0-1.9",
    "P2A": "1.9-2.3",
    "P2B": "2.3-3.3",
    "P3": "3.4-6.5",
    "P4": "5.8-11",
    "P5": "12-23",
    "P6": "26-38",
    "P7": "40-73",
    "P8A": "84-99",
    "P8B": "100-118",
    "P8C": "115-143",
    "P9": "160-242",
    "P10": "276-404",
}
FIELDS = tuple(
    Field(
        "flux",
        goes.particle_flux("proton", channel.lower(), f"{mev} MeV", "1/(cm2.s.sr.keV)", 1e4),
        case=channel,
    )
    for channel, mev in CHANNELS.items()
)


class SwpcGoesProtonsDifferential(DeclaredSource):
    info = goes.info(
        "protons-differential",
        "Flux of protons by bands of energy",
        "differential-protons-6-hour",
        *(field.metric for field in FIELDS),
        every="1h",
        homepage="https://www.spaceweather.gov/products/goes-proton-flux",
        folder="swpc-goes-protons",
    )
    table = Table(**goes.LAYOUT, case="channel", fields=FIELDS)
