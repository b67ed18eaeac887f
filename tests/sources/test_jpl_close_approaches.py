from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import measure, payload, tallies

from terraloom.sources.astronomy.jpl_close_approaches import JplCloseApproaches

SOURCE = JplCloseApproaches()
FIELDS = (
    '["des","orbit_id","jd","cd","dist","dist_min","dist_max","v_rel","v_inf","t_sigma_f","h","fullname"]'
)
APOPHIS = (
    '["99942","220","2462240.407006278","2029-Apr-13 21:46","0.000254","0.000254","0.000254","7.42","5.84",'
    '"< 00:01","19.1"," 99942 Apophis (2004 MN4)"]'
)


def answer(*rows: str) -> str:
    return (
        f'{{"signature":{{"version":"1.5"}},"count":{len(rows)},"fields":{FIELDS},"data":[{",".join(rows)}]}}'
    )


def test_an_approach_is_told_for_its_day_with_the_hour_apart() -> None:
    found = measure(SOURCE, answer(APOPHIS))
    assert SOURCE.recognises(payload(answer(APOPHIS)))
    assert found.stations["jpl/99942"].title == "99942 Apophis (2004 MN4)"
    values = {one.metric: one.value for one in found.values}
    assert {one.time for one in found.values} == {datetime(2029, 4, 13, tzinfo=UTC)}
    assert values["close_approach_distance"] == 0.000254
    assert values["close_approach_speed"] == 7.42
    assert values["absolute_magnitude"] == 19.1
    # 21:46:05.34 TDB
    assert values["close_approach_time_of_day"] == pytest.approx(21 + 44 / 60 + 56.16 / 3600, abs=1e-4)


def test_a_better_orbit_revises_the_same_value() -> None:
    moved = APOPHIS.replace("2462240.407006278", "2462240.406000000").replace("0.000254", "0.000255")
    first, second = measure(SOURCE, answer(APOPHIS)), measure(SOURCE, answer(moved))
    keys = [{(one.metric, one.station, one.time) for one in found.values} for found in (first, second)]
    assert keys[0] == keys[1]
    assert second.value("close_approach_distance", "jpl/99942", "2029-04-13") == 0.000255


def test_an_answer_without_a_match_is_whole() -> None:
    assert list(SOURCE.parse(payload('{"signature":{"version":"1.5"},"count":0}'))) == []


def test_a_row_without_a_moment_costs_only_itself() -> None:
    found = measure(SOURCE, answer(APOPHIS.replace("2462240.407006278", "soon"), APOPHIS))
    assert len(found.values) == 4
    assert ["jd: got 'soon'" in one.reason for one in found.rejects] == [True]


def test_the_window_is_asked_for_around_the_clock() -> None:
    address, *watched = SOURCE.addresses(datetime(2026, 11, 24, 23, 0, tzinfo=UTC))
    assert "date-min=2026-11-10&date-max=2027-01-23&dist-max=0.05" in address
    assert "des=99942&date-max=2100-01-01" in watched[0]


def test_the_recorded_answer_is_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "jpl-cad") == {"cad_1900-2100_truncated.json": (579, 0)}  # one without H
