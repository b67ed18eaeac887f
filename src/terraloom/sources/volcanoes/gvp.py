"""What the Smithsonian's feeds share."""

from __future__ import annotations

LICENCE = "free to use with citation (Smithsonian Institution terms of use)"
CITATION = (
    "Global Volcanism Program, Volcanoes of the World, Smithsonian Institution, doi:10.5479/si.GVP.VOTW5"
)
HOMEPAGE = "https://volcano.si.edu/"
