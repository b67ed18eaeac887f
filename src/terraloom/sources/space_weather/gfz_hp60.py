"""GFZ: the Hp60 index of geomagnetic activity, past 30 days."""

from __future__ import annotations

from terraloom.sources.space_weather import gfz_hpo, gfz_indices
from terraloom.sources.space_weather.gfz_indices import index

HP, AP = gfz_hpo.metrics(60)


class GfzHp60(gfz_indices.GfzIndices):
    info = gfz_indices.info(
        "hp60", "Geomagnetic index Hp60", "Hp60_ap60_nowcast.txt", HP, AP, citation=gfz_hpo.CITATION
    )
    words = b"Hp60 ap60"
    table = gfz_hpo.table(HP, AP)
    columns = (index("Hp60", HP), index("ap60", AP))
