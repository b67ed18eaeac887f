"""
WSPR by month, band and corridor: what `terraloom wspr census` counts in the archive of all spots.

Not polled. The census hands in its table as it stands, so that the archive holds it and a rebuild finds it;
its stations are those of the live feed.
"""

from __future__ import annotations

from terraloom.records import Observation
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.radio.metrics import WSPR_DISTANCE_MONTH, WSPR_SNR_MONTH, WSPR_SPOTS_MONTH


class WsprCensus(DeclaredSource):
    """The 200 busiest corridors of each month."""

    info = SourceInfo(
        id="wspr-census",
        title="Radio propagation between regions by month (WSPR census)",
        provider="wspr.live",
        agency="wspr",
        url="https://db1.wspr.live/",
        every="30d",
        emits=Observation,
        metrics=(WSPR_SPOTS_MONTH, WSPR_SNR_MONTH, WSPR_DISTANCE_MONTH),
        licence="free for research whose results are free for everyone; no commercial use (https://wspr.live/)",
        citation="WSPRnet spots by wspr.live, https://wspr.live/",
        homepage="https://wspr.live/",
        enabled=False,
    )
    table = Table(
        format=Format.CSV,
        time=("month",),
        station="corridor",
        title="title",
        lon="lon",
        lat="lat",
        kind="region",
        fields=(
            Field("spots", WSPR_SPOTS_MONTH),
            Field("snr", WSPR_SNR_MONTH),
            Field("farthest", WSPR_DISTANCE_MONTH),
        ),
    )
