"""NASA FIRMS: active fires of VIIRS on NOAA-20, in pixels of 375 m."""

from __future__ import annotations

from terraloom.sources.land import firms


class FirmsViirs(firms.FirmsSource):
    band = "bright_ti4"
    info = firms.described(
        "viirs-noaa20", "Active fires, VIIRS on NOAA-20", "noaa-20-viirs-c2/csv/J1_VIIRS_C2_Global_48h.csv"
    )
