"""What radio tells of the ionosphere."""

from __future__ import annotations

from terraloom.records import Aggregate, Metric

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

WSPR_SPOTS = Metric(
    id="wspr_spots",
    title="WSPR spots in an hour",
    unit="1",
    low=0.0,
    high=1e7,
    field=FIELD,
    aggregate=Aggregate.SUM,
    description="How often beacons of the one region were heard in the other.",
    hourly=False,
)
WSPR_SNR = Metric(
    id="wspr_signal_to_noise_ratio",
    title="WSPR signal to noise ratio, median of an hour",
    unit="dB",
    low=-50.0,
    high=60.0,
    field=FIELD,
    description="In 2.5 kHz of bandwidth; beacons differ in power, so changes tell more than levels.",
    hourly=False,
)
WSPR_DISTANCE = Metric(
    id="wspr_maximum_distance",
    title="Farthest WSPR spot of an hour",
    unit="km",
    low=0.0,
    high=20_040.0,  # half the way round
    field=FIELD,
    aggregate=Aggregate.MAX,
    hourly=False,
)

WSPR_SPOTS_MONTH = Metric(
    id="wspr_spots_month",
    title="WSPR spots in a month",
    unit="1",
    low=0.0,
    high=1e10,
    field=FIELD,
    aggregate=Aggregate.SUM,
    description="How often beacons of the one region were heard in the other, of every spot there is.",
    hourly=False,
)
WSPR_SNR_MONTH = Metric(
    id="wspr_signal_to_noise_ratio_month",
    title="WSPR signal to noise ratio, mean of a month",
    unit="dB",
    low=-50.0,
    high=60.0,
    field=FIELD,
    description="In 2.5 kHz of bandwidth; beacons differ in power, so changes tell more than levels.",
    hourly=False,
)
WSPR_DISTANCE_MONTH = Metric(
    id="wspr_maximum_distance_month",
    title="Farthest WSPR spot of a month",
    unit="km",
    low=0.0,
    high=20_040.0,  # half the way round
    field=FIELD,
    aggregate=Aggregate.MAX,
    hourly=False,
)
