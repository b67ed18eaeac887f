"""
What the feeds of NOAA's geostationary GOES satellites share, as the Space Weather Prediction Center gives
them.

One record for each energy and time. The satellite that is primary changes: its number names the station.
"""

from __future__ import annotations

from typing import Any

from terraloom.errors import RecordError
from terraloom.records import Aggregate, Metric
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import Format
from terraloom.sources.space_weather import swpc
from terraloom.sources.space_weather.metrics import FIELD
from terraloom.sources.values import number

LAYOUT: dict[str, Any] = {
    "format": Format.JSON,
    "time": ("time_tag",),
    "station": "satellite",
    "kind": "spacecraft",
}


def info(thing: str, title: str, file: str, *metrics: Metric, **others: Any) -> SourceInfo:
    """The description of a feed of the primary satellite; stations are ``goes/18``."""
    path = f"/json/goes/primary/{file}.json"
    return swpc.info(f"goes-{thing}", title, path, *metrics, agency="goes", **others)


def particle_flux(particle: str, name: str, energies: str, unit: str, high: float) -> Metric:
    """A metric of the particles of some energies that cross the satellite's orbit."""
    return Metric(
        id=f"{particle}_flux_{name}",
        title=f"Flux of {particle}s, {energies}",
        unit=unit,
        low=0.0,
        high=high,
        field=FIELD,
        aggregate=Aggregate.MAX,
        description="In geostationary orbit (GOES).",
    )


_CLASSES = {"A": 1e-8, "B": 1e-7, "C": 1e-6, "M": 1e-5, "X": 1e-4}  # W/m2


def xray_flux(text: str) -> float | str:
    """The flux (W/m2) of a class of X-rays such as "M1.5"; what is no class comes back as it is."""
    unit, factor = _CLASSES.get(text[:1]), text[1:]
    try:
        return text if unit is None else float(f"{number('class', factor) * unit:.3g}")
    except RecordError:
        return text
