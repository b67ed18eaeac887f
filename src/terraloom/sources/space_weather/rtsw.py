"""
NOAA SWPC's real-time solar wind: what every spacecraft at L1 measures, https://services.swpc.noaa.gov/json/rtsw/.

One record for each minute and spacecraft, newest first. `active` marks the one that `swpc-solar-wind`
follows; here each has a station of its own. Until June 2026 the active one stood alone in
`products/solar-wind/*.json`: arrays of strings without a spacecraft, the names in the first.
"""

from __future__ import annotations

from typing import Any

from terraloom.sources.declared import Cells, Format
from terraloom.sources.space_weather.swpc_solar_wind import L1

LAYOUT: dict[str, Any] = {
    "format": Format.JSON,
    "time": ("time_tag",),
    "station": "station",
    "title": "title",
    "kind": "spacecraft",
    "quality": "overall_quality",  # 0 normal, 1 suspect, 2 error
}


def placed(cells: Cells) -> Cells:
    """A record with its station: the spacecraft, or L1 in the older form, which has no quality either."""
    if "source" not in cells:
        return {**cells, "station": L1.id.removeprefix("swpc/"), "title": L1.title, "overall_quality": None}
    name = str(cells["source"] or "")
    return {**cells, "station": f"rtsw-{name.lower()}" if name else "", "title": f"{name} at L1"}
