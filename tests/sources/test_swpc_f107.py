from __future__ import annotations

from pathlib import Path

from recordings import measure, tallies

from terraloom.sources.space_weather.swpc_f107 import SwpcF107

SOURCE = SwpcF107()
BODY = """[{"time_tag":"2026-01-02T22:00:00","frequency":2800,"flux":107.0,"reporting_schedule":"Afternoon",
"avg_begin_date":null,"ninety_day_mean":null,"rec_count":null},
{"time_tag":"2026-01-02T20:00:00","frequency":2800,"flux":108.0,"reporting_schedule":"Noon",
"avg_begin_date":"2025-10-05T20:00:00","ninety_day_mean":132.0,"rec_count":90}]"""


def test_the_noon_value_has_a_mean_of_90_days() -> None:
    found = measure(SOURCE, BODY)
    assert found.value("solar_radio_flux_10_7cm_90_days", "swpc/sun", "2026-01-02T20:00") == 132.0
    assert found.value("solar_radio_flux_10_7cm", "swpc/sun", "2026-01-02T22:00") == 107.0
    assert len(found.values) == 3


def test_the_recording_is_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "swpc-f107") == {"f107_cm_flux.2026_08_06.json": (165, 0)}
