"""LASP: the AE index of the auroral electrojets as predicted from the solar wind."""

from __future__ import annotations

from terraloom.records import Aggregate, Metric, Payload
from terraloom.sources.declared import DeclaredSource
from terraloom.sources.space_weather import lasp
from terraloom.sources.space_weather.metrics import FIELD

PREDICTED_AE = Metric(
    id="ae_index_predicted",
    title="AE index, predicted",
    unit="nT",
    low=0.0,
    high=5000.0,
    field=FIELD,
    aggregate=Aggregate.MAX,
    description="Strength of the currents in the auroral zone, by a model from the solar wind at L1.",
)


class LaspAe(DeclaredSource):
    info = lasp.info(
        "ae",
        "AE index, predicted from the solar wind",
        "https://lasp.colorado.edu/space_weather/aestudy/ae_last_96_hrs.txt",
        PREDICTED_AE,
        citation="Li et al. (2007), Space Weather 5, S12002; LASP, University of Colorado",
    )
    table = lasp.table(PREDICTED_AE)

    def recognises(self, payload: Payload) -> bool:
        return b"Predicted AE" in payload.body[:200] and super().recognises(payload)
