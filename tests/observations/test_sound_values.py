"""What was measured is looked at once more before it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec import structs

from measuring import HEAT, SOURCE, value
from terraloom.observations.checks import measured
from terraloom.records import Observation, Quality, Reject, Station


def test_a_value_in_another_unit_is_converted_and_then_held_against_the_range() -> None:
    warm, hot = (measured(value(0, k, unit="K"), SOURCE) for k in (300.15, 400.0))
    assert isinstance(warm, Observation)
    assert isinstance(hot, Observation)
    assert (round(warm.value or 0, 6), warm.quality, warm.unit) == (27.0, Quality.GOOD, "")
    assert hot.quality is Quality.OUT_OF_RANGE


def test_a_value_in_a_unit_that_does_not_fit_is_kept_as_given_and_flagged() -> None:
    found = measured(value(0, 5.0, unit="m"), SOURCE)
    assert isinstance(found, Observation)
    assert (found.value, found.unit, found.quality) == (5.0, "m", Quality.WRONG_UNIT)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": float("nan")}, "value"),
        ({"value": float("inf")}, "value"),
        ({"metric": "level", "value": 1e308, "unit": "km"}, "value"),  # finite in km, not in m
        ({"time": datetime(2026, 1, 1)}, "time"),
        ({"time": datetime.max.replace(tzinfo=UTC)}, "time"),
        ({"time": datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))}, "time"),
        ({"station": "other/a"}, "station"),
        ({"lon": 10.0}, "lon, lat"),
        ({"lon": 10.0, "lat": 91.0}, "lon, lat"),
        ({"metric": "unheard_of"}, "metric"),
    ],
)
def test_what_cannot_be_kept_is_rejected_with_the_reason(changes: dict[str, Any], field: str) -> None:
    found = measured(structs.replace(value(0, 5.0), **changes), SOURCE)
    assert isinstance(found, Reject)
    assert found.reason.startswith(f"{field}: got ")


def test_the_name_of_a_station_is_made_fit_for_the_database() -> None:
    found = measured(Station(id="made/a", title="A\x00B\ud800" + "x" * 600), SOURCE)
    assert isinstance(found, Station)
    assert found.title.startswith("A B x")
    assert len(found.title) <= 500
    assert isinstance(measured(Station(id="made/a", elevation_m=float("inf")), SOURCE), Reject)


def test_the_range_of_a_metric_is_meant_with_its_ends() -> None:
    ends = [measured(value(0, limit), SOURCE) for limit in (HEAT.low, HEAT.high)]
    assert [one.quality for one in ends if isinstance(one, Observation)] == [Quality.GOOD] * 2
