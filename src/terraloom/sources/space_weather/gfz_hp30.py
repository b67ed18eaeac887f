"""GFZ: the Hp30 index of geomagnetic activity, past 30 days."""

from __future__ import annotations

from terraloom.sources.space_weather import gfz_hpo, gfz_indices
from terraloom.sources.space_weather.gfz_indices import index

HP, AP = gfz_hpo.metrics(30)


class GfzHp30(gfz_indices.GfzIndices):
    info = gfz_indices.info(
        "hp30", "Geomagnetic index Hp30", "Hp30_ap30_nowcast.txt", HP, AP, citation=gfz_hpo.CITATION
    )
    words = b"Hp30 ap30"
    table = gfz_hpo.table(HP, AP)
    columns = (index("Hp30", HP), index("ap30", AP))
