"""What feeds of space weather measure."""

from __future__ import annotations

from terraloom.records import Aggregate, Metric

FIELD = "space weather"

PLANETARY_K = Metric(
    id="planetary_k_index",
    title="Planetary K index",
    unit="1",
    low=0.0,
    high=9.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="Disturbance of the Earth's magnetic field in three hours, 0 (quiet) to 9 (extreme storm).",
    hourly=False,
)
