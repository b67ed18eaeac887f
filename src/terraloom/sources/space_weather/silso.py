"""
What the lists of the World Data Center SILSO share, https://www.sidc.be/SILSO/: columns by semicolons without
names, -1 where there is no value, and at last 1 where the value is definitive, 0 where it is provisional.
"""

from __future__ import annotations

from typing import Any, ClassVar

from terraloom.records import Metric, Observation, Payload, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource, Field, Format, Table

SUN = Station(id="silso/sun", title="Sun", kind="object")
NOTHING = ("-1", "-1.0")


def info(thing: str, title: str, url: str, *metrics: Metric) -> SourceInfo:
    return SourceInfo(
        id=f"silso-sunspots-{thing}",
        title=title,
        provider="SILSO, Royal Observatory of Belgium",
        agency="silso",
        url=url,
        every="1d",
        emits=Observation,
        metrics=metrics,
        licence="CC BY-NC 4.0",
        citation="SILSO, World Data Center: Sunspot Number and Long-term Solar Observations, Brussels",
        homepage="https://www.sidc.be/SILSO/datafiles",
        folder="sunspots-silso",
    )


def table(date: tuple[str, ...], date_format: str, *fields: Field) -> Table:
    others: dict[str, Any] = {"time": date, "time_format": date_format, "place": SUN, "fields": fields}
    names = (*date, "year as fraction", "number", "deviation", "observations", "definitive")
    return Table(format=Format.CSV, names=names, separator=";", **others)


class SilsoTable(DeclaredSource):
    """A list, told from the others by how many columns it has."""

    table: ClassVar[Table]

    def recognises(self, payload: Payload) -> bool:
        first = payload.body[:200].splitlines()[:1] or [b""]
        return first[0].count(b";") == len(self.table.names) - 1 and super().recognises(payload)
