"""What radio tells of the ionosphere."""

from __future__ import annotations

from terraloom.records import Metric

FIELD = "radio"

CRITICAL_FREQUENCY = Metric(
    id="critical_frequency_f2",
    title="Critical frequency of the F2 layer",
    unit="MHz",
    low=0.5,
    high=25.0,
    field=FIELD,
    description="foF2: the highest frequency that comes back when sent straight up.",
)
USABLE_FREQUENCY = Metric(
    id="maximum_usable_frequency_3000_km",
    title="Maximum usable frequency over 3000 km",
    unit="MHz",
    low=1.0,
    high=100.0,
    field=FIELD,
    description="MUF(3000)F2: the highest frequency that the F2 layer bends back to 3000 km away.",
)
