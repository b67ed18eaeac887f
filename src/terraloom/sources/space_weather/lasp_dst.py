"""LASP: the Dst index as predicted from the solar wind, about an hour ahead."""

from __future__ import annotations

from terraloom.records import Aggregate, Metric, Payload
from terraloom.sources.declared import DeclaredSource
from terraloom.sources.space_weather import lasp
from terraloom.sources.space_weather.metrics import DST, FIELD

PREDICTED_DST = Metric(
    id="dst_index_predicted",
    title="Dst index, predicted",
    unit=DST.unit,
    low=DST.low,
    high=DST.high,
    field=FIELD,
    aggregate=Aggregate.MIN,
    description="By the model of Temerin and Li, from the solar wind at L1.",
)


class LaspDst(DeclaredSource):
    info = lasp.info(
        "dst",
        "Dst index, predicted from the solar wind",
        f"{lasp.HOME}dst_last_96_hrs.txt",
        PREDICTED_DST,
        citation="Temerin & Li (2006), J. Geophys. Res. 111, A04221; LASP, University of Colorado",
    )
    table = lasp.table(PREDICTED_DST)

    def recognises(self, payload: Payload) -> bool:
        return b"Predicted Dst" in payload.body[:200] and super().recognises(payload)
