"""
What LASP's predictions of geomagnetic indices share: text, the past 96 hours by some ten minutes, from the
solar wind at L1. Times are ``2023/301-21:10:16``: year, day of the year, time.
"""

from __future__ import annotations

from typing import Any

from terraloom.records import Metric, Observation, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import Field, Format, Table

HOME = "https://lasp.colorado.edu/space_weather/dsttemerin/"


def info(thing: str, title: str, url: str, metric: Metric, **others: Any) -> SourceInfo:
    return SourceInfo(
        id=f"lasp-{thing}",
        title=title,
        provider="LASP",
        agency="lasp",
        url=url,
        every="1h",
        emits=Observation,
        metrics=(metric,),
        licence="free for research, with citation",
        homepage=HOME,
        folder="dst",
        **others,
    )


def table(metric: Metric) -> Table:
    """A line for each time; the heading ("Time  Predicted …") has more words than columns."""
    return Table(
        format=Format.TEXT,
        names=("time", "value"),
        time=("time",),
        time_format="%Y/%j-%H:%M:%S",
        place=Station(id="lasp/planet", title="Earth", kind="planet"),
        comment="T",
        fields=(Field("value", metric),),
    )
