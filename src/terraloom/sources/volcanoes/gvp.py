"""What the Smithsonian's feeds share, and the volcano numbers that other agencies take from them."""

from __future__ import annotations

LICENCE = "free to use with citation (Smithsonian Institution terms of use)"
CITATION = (
    "Global Volcanism Program, Volcanoes of the World, Smithsonian Institution, doi:10.5479/si.GVP.VOTW5"
)
HOMEPAGE = "https://volcano.si.edu/"


def key(volcano: str) -> str:
    """
    The identity of what goes on at a volcano, by its number: for feeds that follow volcanoes, report after
    report. Those that list eruptions do not carry it, for a volcano erupts again.
    """
    return f"gvp:{volcano}"
