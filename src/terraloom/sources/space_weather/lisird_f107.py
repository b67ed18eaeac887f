"""
LISIRD (LASP): the solar radio flux at 10.7 cm since February 1947, from Ottawa and Penticton, CSV.

https://lasp.colorado.edu/lisird/data/penticton_radio_flux: a LaTiS server names each column with its unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from terraloom.records import Observation, Payload, Record, Station
from terraloom.sources.astronomy.time_scales import utc_of_julian_date
from terraloom.sources.base import SourceInfo
from terraloom.sources.declared import DeclaredSource, Field, Format, Table
from terraloom.sources.space_weather.metrics import F107, F107_ADJUSTED

_NOTHING = ("0.0",)


class LisirdF107(DeclaredSource):
    """
    Once a day at first, three times since 1991; a flux of 0 is a day without. In 2003 some times stand twice
    with other values: the last one holds.
    """

    info = SourceInfo(
        id="lisird-f107",
        title="Solar radio flux at 10.7 cm since 1947",
        provider="LASP",
        agency="lisird",
        url="https://lasp.colorado.edu/lisird/latis/dap/penticton_radio_flux.csv",
        every="1d",
        emits=Observation,
        metrics=(F107, F107_ADJUSTED),
        licence="free, with acknowledgement of LISIRD and of Natural Resources Canada",
        citation="LASP Interactive Solar Irradiance Data Center: Penticton Solar Radio Flux at 10.7cm",
        homepage="https://lasp.colorado.edu/lisird/data/penticton_radio_flux",
        folder="f107",
    )
    table = Table(
        format=Format.CSV,
        time=("time (Julian Date)",),
        time_format=partial(utc_of_julian_date, "time (Julian Date)"),
        place=Station(id="lisird/sun", title="Sun", kind="object"),
        fields=(
            Field("observed_flux (solar flux unit (SFU))", F107, missing=_NOTHING),
            Field("adjusted_flux (solar flux unit (SFU))", F107_ADJUSTED, missing=_NOTHING),
        ),
    )

    def parse(self, payload: Payload) -> Iterator[Record]:
        found = list(super().parse(payload))
        last = {(one.metric, one.time): one for one in found if isinstance(one, Observation)}
        for one in found:
            if not isinstance(one, Observation) or last[one.metric, one.time] is one:
                yield one
