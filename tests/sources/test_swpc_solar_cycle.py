from __future__ import annotations

from pathlib import Path

from recordings import measure, recorded, tallies

from terraloom.sources.space_weather.swpc_kyoto_dst import SwpcKyotoDst
from terraloom.sources.space_weather.swpc_solar_cycle import SwpcSolarCycle
from terraloom.sources.space_weather.swpc_solar_cycle_predicted import SwpcSolarCyclePredicted

MONTH = """[{"time-tag":"2026-01","ssn":93.7,"smoothed_ssn":-1.0,"observed_swpc_ssn":84.03,
"smoothed_swpc_ssn":-1.0,"f10.7":123.4,"smoothed_f10.7":-1.0}]"""


def test_a_month_begins_with_its_first_day_and_has_no_mean_of_months_to_come() -> None:
    found = measure(SwpcSolarCycle(), MONTH)
    assert found.value("sunspot_number_monthly", "swpc/sun", "2026-01-01") == 93.7
    assert found.value("solar_radio_flux_10_7cm_monthly", "swpc/sun", "2026-01-01") == 123.4
    assert len(found.values) == 3


def test_both_forms_of_the_dst_index_are_read() -> None:
    arrays = measure(SwpcKyotoDst(), '[["time_tag","dst"],["2026-01-02 03:00:00","-18"]]')
    objects = measure(SwpcKyotoDst(), '[{"time_tag":"2026-01-02T03:00:00","dst":-18}]')
    assert arrays.values == objects.values
    assert objects.value("dst_index", "swpc/planet", "2026-01-02T03:00") == -18


def test_recordings_are_read_whole(samples: Path) -> None:
    observed, predicted = (
        tallies(source, samples, "sunpy-swpc") for source in (SwpcSolarCycle(), SwpcSolarCyclePredicted())
    )
    assert observed == {"observed-solar-cycle-indices-truncated.json": (42, 0)}
    assert predicted == {"predicted-solar-cycle-truncated.json": (36, 0)}


def test_a_day_within_the_month_stands_for_the_month(samples: Path) -> None:
    body = dict(recorded(samples, "sunpy-swpc"))["predicted-solar-cycle-truncated.json"]
    found = measure(SwpcSolarCyclePredicted(), body)
    assert found.value("sunspot_number_predicted_high", "swpc/sun", "2037-07-01") == 10.1
