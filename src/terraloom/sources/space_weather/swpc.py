"""What the feeds of NOAA's Space Weather Prediction Center share: https://services.swpc.noaa.gov/."""

from __future__ import annotations

from typing import Any, ClassVar

from terraloom.records import Metric, Observation, Payload, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource

HOST = "https://services.swpc.noaa.gov"
EARTH = Station(id="swpc/planet", title="Earth", kind="planet")
SUN = Station(id="swpc/sun", title="Sun", kind="object")


def info(thing: str, title: str, path: str, *metrics: Metric, **others: Any) -> SourceInfo:
    """The description of the feed at `path`; `others` are fields of `SourceInfo`."""
    described = {
        "provider": "NOAA SWPC",
        "agency": "swpc",
        "every": "5m",
        "homepage": "https://www.spaceweather.gov/products",
        "licence": "public domain",
        "citation": f"NOAA Space Weather Prediction Center: {title[0].lower()}{title[1:]}",
        "emits": Observation,
        **others,
    }
    return SourceInfo(id=f"swpc-{thing}", title=title, url=f"{HOST}{path}", metrics=metrics, **described)


class TextTable(DeclaredSource):
    """A table of text that does not name its columns, known by words of its comments."""

    words: ClassVar[bytes]

    def recognises(self, payload: Payload) -> bool:
        return self.words in payload.body[:2000] and super().recognises(payload)
