"""NASA FIRMS: active fires of MODIS on Terra and Aqua, in pixels of 1 km; the longest record."""

from __future__ import annotations

from terraloom.sources.land import firms


class FirmsModis(firms.FirmsSource):
    band = "bright_t31"
    info = firms.described("modis", "Active fires, MODIS", "modis-c6.1/csv/MODIS_C6_1_Global_48h.csv")
