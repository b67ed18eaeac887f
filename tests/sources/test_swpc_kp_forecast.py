from __future__ import annotations

from pathlib import Path

import pytest
from recordings import measure, recorded, tallies

from terraloom.sources.space_weather.swpc_kp_forecast import SwpcKpForecast

SOURCE = SwpcKpForecast()
ARRAYS = """[["time_tag","kp","observed","noaa_scale"],["2026-01-01 21:00:00","3.67","observed",null],
["2026-01-02 00:00:00","5.00","estimated","G1"],["2026-01-02 03:00:00","4.33","predicted",null]]"""
OBJECTS = """[{"time_tag":"2026-01-01T21:00:00","kp":3.67,"observed":"observed","noaa_scale":null},
{"time_tag":"2026-01-02T00:00:00","kp":5.00,"observed":"estimated","noaa_scale":"G1"},
{"time_tag":"2026-01-02T03:00:00","kp":4.33,"observed":"predicted","noaa_scale":null}]"""


@pytest.mark.parametrize("body", [ARRAYS, OBJECTS], ids=["2025", "2026"])
def test_what_is_expected_is_another_metric_than_what_was_observed(body: str) -> None:
    found = measure(SOURCE, body)
    assert [(x.metric, x.time.hour, x.value) for x in found.values] == [
        ("planetary_k_index", 21, 3.67),
        ("planetary_k_index_predicted", 0, 5.0),
        ("planetary_k_index_predicted", 3, 4.33),
    ]


def test_a_state_that_is_new_is_refused() -> None:
    [reject] = measure(SOURCE, OBJECTS.replace("estimated", "guessed")).rejects
    assert reject.reason == "observed: got 'guessed', expected one of estimated, observed, predicted"


def test_recordings_are_read_whole(samples: Path) -> None:
    assert set(tallies(SOURCE, samples, "swpc-kp").values()) == {(81, 0)}
    newest = dict(recorded(samples, "swpc-kp"))["noaa-planetary-k-index-forecast.2026_08_01.json"]
    predicted = measure(SOURCE, newest).value(
        "planetary_k_index_predicted", "swpc/planet", "2026-08-01T21:00"
    )
    assert predicted == 4.0
