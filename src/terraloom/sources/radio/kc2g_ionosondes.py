"""
Ionosondes of the world, as KC2G gathers them from GIRO and NOAA: https://prop.kc2g.com/stations/.

Built from the public description; no answer is among the recorded samples. Longitudes are 0..360; what the
scaling did not find is null; stations that fell silent stay in the list with their last reading.
"""

from __future__ import annotations

from terraloom.records import Metric, Observation
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.radio.metrics import CRITICAL_FREQUENCY, FIELD, USABLE_FREQUENCY

PEAK_HEIGHT = Metric(
    id="peak_height_f2",
    title="Height of the F2 layer's peak",
    unit="km",
    low=150.0,
    high=700.0,
    field=FIELD,
    description="hmF2: where the electrons are densest.",
)
ELECTRON_CONTENT = Metric(
    id="total_electron_content",
    title="Total electron content",
    unit="10*16/m2",  # TECU
    low=0.0,
    high=300.0,
    field=FIELD,
    description="Electrons above one square metre, by the profile that the ionosonde's echoes give.",
)
CRITICAL_FREQUENCY_E = Metric(
    id="critical_frequency_e",
    title="Critical frequency of the E layer",
    unit="MHz",
    low=0.2,
    high=10.0,
    field=FIELD,
)
SPORADIC_E = Metric(
    id="critical_frequency_sporadic_e",
    title="Critical frequency of sporadic E",
    unit="MHz",
    low=0.2,
    high=30.0,
    field=FIELD,
)


class Kc2gIonosondes(DeclaredSource):
    """The last reading of each ionosonde, scaled by machine (`cs` is its confidence, not used here)."""

    info = SourceInfo(
        id="kc2g-ionosondes",
        title="Ionosondes",
        provider="KC2G, from GIRO and NOAA",
        agency="giro",
        url="https://prop.kc2g.com/api/stations.json",
        every="15m",
        emits=Observation,
        metrics=(
            CRITICAL_FREQUENCY,
            USABLE_FREQUENCY,
            PEAK_HEIGHT,
            ELECTRON_CONTENT,
            CRITICAL_FREQUENCY_E,
            SPORADIC_E,
        ),
        licence="as GIRO allows (Rules of the Road, https://giro.uml.edu/didbase/RulesOfTheRoad.html)",
        citation="Global Ionosphere Radio Observatory (GIRO), https://giro.uml.edu/, through prop.kc2g.com",
        homepage="https://prop.kc2g.com/",
        rate_per_minute=4,
    )
    table = Table(
        format=Format.JSON,
        station="station.code",
        title="station.name",
        lon="station.longitude",
        lat="station.latitude",
        lon_360=True,
        time=("time",),
        fields=(
            Field("fof2", CRITICAL_FREQUENCY),
            Field("mufd", USABLE_FREQUENCY),
            Field("hmf2", PEAK_HEIGHT, optional=True),
            Field("tec", ELECTRON_CONTENT, optional=True),
            Field("foe", CRITICAL_FREQUENCY_E, optional=True),
            Field("foes", SPORADIC_E, optional=True),
        ),
    )
