"""What the trends of greenhouse gases by NOAA's Global Monitoring Laboratory share: https://gml.noaa.gov/ccgg/."""

from __future__ import annotations

from terraloom.records import Metric, Observation, Station
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import Field, Format, Table

PROVIDER, AGENCY, LICENCE = "NOAA GML", "noaa-gml", "public domain; credit as on gml.noaa.gov/ccgg/trends"
DATA = "https://gml.noaa.gov/webdata/ccgg/trends"
FOLDER = "noaa-co2"
MAUNA_LOA = Station(
    id=f"{AGENCY}/mlo", title="Mauna Loa, Hawaii", lon=-155.5763, lat=19.5362, elevation_m=3397.0
)
SURFACE = Station(id=f"{AGENCY}/global", title="Earth, marine surface", kind="planet")
GASES = (
    "Lan, X., K.W. Thoning, E.J. Dlugokencky: Trends in globally-averaged CH4, N2O, and SF6, NOAA GML, "
    "doi:10.15138/P8XG-AA10"
)
MISSING = ("-9.99", "-99.99", "-999.99")


def global_means(
    thing: str, title: str, code: str, metrics: tuple[Metric, Metric], citation: str = GASES
) -> tuple[SourceInfo, Table]:
    """The source and the table of the monthly global means of one gas, from marine surface sites."""
    info = SourceInfo(
        id=f"gml-{thing}",
        title=title,
        provider=PROVIDER,
        agency=AGENCY,
        url=f"{DATA}/{code}/{code}_mm_gl.csv",
        every="1d",
        emits=Observation,
        metrics=metrics,
        licence=LICENCE,
        citation=citation,
        homepage="https://gml.noaa.gov/ccgg/trends/gl_data.html",
    )
    mean, trend = metrics
    table = Table(
        format=Format.CSV,
        time=("year", "month"),
        time_format="%Y %m",
        place=SURFACE,
        fields=(Field("average", mean, missing=MISSING), Field("trend", trend, missing=MISSING)),
    )
    return info, table
