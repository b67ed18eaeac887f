"""NOAA SWPC: energetic electrons and protons as ACE measures them every five minutes (EPAM), as text."""

from __future__ import annotations

from collections.abc import Iterator

from terraloom.records import Aggregate, Metric, Payload, Record
from terraloom.sources.declared import Field, Table, read_table
from terraloom.sources.space_weather import ace, swpc
from terraloom.sources.space_weather.metrics import FIELD


def _flux(particle: str, kev: str) -> Field:
    metric = Metric(
        id=f"{particle}_flux_{kev.replace('-', '_')}kev",
        title=f"Flux of {particle}s at L1, {kev} keV",
        unit="1/(cm2.s.sr.MeV)",
        low=0.0,
        high=1e9,
        field=FIELD,
        aggregate=Aggregate.MAX,
    )
    return Field(f"{particle} {kev}", metric, missing=("-1.00e+05",))


ELECTRONS = tuple(_flux("electron", kev) for kev in ("38-53", "175-315"))
PROTONS = tuple(_flux("proton", kev) for kev in ("47-68", "115-195", "310-580", "795-1193", "1060-1900"))
NAMES = (*ace.TIMES, "S", *(f.name for f in ELECTRONS), "S protons", *(f.name for f in PROTONS), "anisotropy")


class SwpcAceEpam(swpc.TextTable):
    """
    Rising protons of low energy announce a shock on its way. Electrons and protons have a status each, and so
    a table each. The anisotropy, which has been missing for years, is not kept.
    """

    info = swpc.info(
        "ace-epam",
        "Energetic electrons and protons at L1, by ACE",
        "/text/ace-epam.txt",
        *(field.metric for field in (*ELECTRONS, *PROTONS)),
        every="1h",
        homepage="https://www.spaceweather.gov/products/ace-real-time-solar-wind",
        folder="swpc-ace-text",
    )
    words = b"ACE Satellite - Electron, Proton, and Alpha Monitor"
    table = Table(**ace.LAYOUT, names=NAMES, quality="S", fields=ELECTRONS)
    protons = Table(**ace.LAYOUT, names=NAMES, quality="S protons", fields=PROTONS)

    def parse(self, payload: Payload) -> Iterator[Record]:
        yield from super().parse(payload)
        yield from read_table(payload, self.protons, self.info.agency)
