"""NOAA SWPC: the flux of protons above eight energies, as GOES measures it every five minutes."""

from __future__ import annotations

from terraloom.sources.declared import DeclaredSource, Field, Table
from terraloom.sources.space_weather import goes

ENERGIES_MEV = (1, 5, 10, 30, 50, 60, 100, 500)
FIELDS = tuple(
    Field(
        "flux",
        goes.particle_flux("proton", f"above_{mev}mev", f">= {mev} MeV", "1/(cm2.s.sr)", 1e6),
        case=f">={mev} MeV",
    )
    for mev in ENERGIES_MEV
)


class SwpcGoesProtons(DeclaredSource):
    """A radiation storm (S1) begins at 10 protons above 10 MeV per cm2, s and sr."""

    info = goes.info(
        "protons",
        "Flux of protons by least energy",
        "integral-protons-6-hour",
        *(field.metric for field in FIELDS),
        homepage="https://www.spaceweather.gov/products/goes-proton-flux",
        folder="swpc-goes-protons",
    )
    table = Table(**goes.LAYOUT, case="energy", fields=FIELDS)
