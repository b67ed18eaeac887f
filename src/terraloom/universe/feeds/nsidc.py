"""noaadata.apps.nsidc.org: daily sea ice extent of either hemisphere as CSV, from 1988 on."""

from __future__ import annotations

from datetime import UTC, datetime

from terraloom.universe.feeds.page import Asked, Page
from terraloom.universe.instruments import SEA_ICE

HOST = "noaadata.apps.nsidc.org"
FIRST = datetime(1988, 1, 13, tzinfo=UTC)  # daily from then on
HEAD = """\
Year, Month, Day,     Extent,    Missing, Source Data
YYYY,    MM,  DD, 10^6 sq km, 10^6 sq km, Source data product web sites: nsidc.org/data/nsidc-0081.html
"""
PATHS = {
    f"/NOAA/G02135/{side}/daily/data/{side[0].upper()}_seaice_extent_daily_v4.0.csv": instrument
    for side, instrument in zip(("north", "south"), SEA_ICE, strict=True)
}


def feed(asked: Asked) -> Page | None:
    instrument = PATHS.get(asked.path)
    if instrument is None:
        return None
    lines = [
        f"{day:%Y},    {day:%m},  {day:%d}, {value:10.3f},      0.000, ['made by the planet']"
        for day in instrument.steps(FIRST, asked.at)
        if (value := instrument.said(asked.seed, day, asked.at)) is not None
    ]
    return Page((HEAD + "\n".join(lines) + "\n").encode(), "text/csv")
