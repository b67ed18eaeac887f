"""
NOAA SWPC: the flux of electrons above 2 MeV, as GOES measures it every five minutes.

Not recorded; built from the feed's public description, as that of the protons.
"""

from __future__ import annotations

from terraloom.sources.declared import DeclaredSource, Field, Table
from terraloom.sources.space_weather import goes

ABOVE_2MEV = goes.particle_flux("electron", "above_2mev", ">= 2 MeV", "1/(cm2.s.sr)", 1e7)


class SwpcGoesElectrons(DeclaredSource):
    """Above 1000 per cm2, s and sr for days they charge satellites from within."""

    info = goes.info(
        "electrons",
        "Flux of electrons above 2 MeV",
        "integral-electrons-6-hour",
        ABOVE_2MEV,
        homepage="https://www.spaceweather.gov/products/goes-electron-flux",
    )
    table = Table(**goes.LAYOUT, case="energy", fields=(Field("flux", ABOVE_2MEV, case=">=2 MeV"),))
