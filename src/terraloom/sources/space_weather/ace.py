"""
NOAA's ACE satellite at L1 as tables of text: minutes of the past two hours, each with a status.

Comments begin with ``#`` or ``:``; status 0 is nominal, 1 to 8 "bad data record", 9 no data.
"""

from __future__ import annotations

from typing import Any, ClassVar

from terraloom.records import Payload, Station
from terraloom.sources.declared import DeclaredSource, Format

TIMES = ("YR", "MO", "DA", "HHMM", "julian", "second")
LAYOUT: dict[str, Any] = {
    "format": Format.TEXT,
    "time": TIMES[:4],
    "time_format": "%Y %m %d %H%M",
    "place": Station(id="swpc/ace", title="ACE at L1", kind="spacecraft"),
    "comment": "#:",
}


class AceText(DeclaredSource):
    """One of the tables, told apart by the name of its instrument in the comments."""

    instrument: ClassVar[bytes]

    def recognises(self, payload: Payload) -> bool:
        return b"ACE Satellite - " + self.instrument in payload.body[:2000] and super().recognises(payload)
