"""NOAA SWPC: the Sun's X-ray flux by minutes, as GOES measures it."""

from __future__ import annotations

from terraloom.records import Aggregate, Metric
from terraloom.sources.declared import DeclaredSource, Field, Table
from terraloom.sources.space_weather import goes
from terraloom.sources.space_weather.metrics import FIELD


def _xrays(name: str, band: str, high: float) -> Metric:
    return Metric(
        id=f"solar_xray_flux_{name}",
        title=f"X-ray flux of the Sun, {band}",
        unit="W/m2",
        low=1e-10,
        high=high,
        field=FIELD,
        aggregate=Aggregate.MAX,
    )


LONG = _xrays("long", "0.1-0.8 nm", 1e-2)  # the band that flares are classed by: M1 is 1e-5, X10 is 1e-3
SHORT = _xrays("short", "0.05-0.4 nm", 5e-3)


class SwpcGoesXray(DeclaredSource):
    """
    `flux` is corrected for the electrons that reach the detector. Where these outweigh the X-rays, the feed
    says so in `electron_contaminaton` (spelt like this), and the value is suspect.
    """

    info = goes.info(
        "xray",
        "X-ray flux of the Sun",
        "xrays-6-hour",
        LONG,
        SHORT,
        homepage="https://www.spaceweather.gov/products/goes-x-ray-flux",
        folder="swpc-goes-xray",
    )
    table = Table(
        **goes.LAYOUT,
        case="energy",
        quality="electron_contaminaton",
        good=("False",),
        fields=(Field("flux", LONG, case="0.1-0.8nm"), Field("flux", SHORT, case="0.05-0.4nm")),
    )
