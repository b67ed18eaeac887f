"""
NOAA's ACE satellite at L1 as tables of text: minutes of the past two hours, each with a status.

Comments begin with ``#`` or ``:``; status 0 is nominal, 1 to 8 "bad data record", 9 no data.
"""

from __future__ import annotations

from typing import Any

from terraloom.records import Station
from terraloom.sources.declared import Format

TIMES = ("YR", "MO", "DA", "HHMM", "julian", "second")
LAYOUT: dict[str, Any] = {
    "format": Format.TEXT,
    "time": TIMES[:4],
    "time_format": "%Y %m %d %H%M",
    "place": Station(id="swpc/ace", title="ACE at L1", kind="spacecraft"),
    "comment": "#:",
}
