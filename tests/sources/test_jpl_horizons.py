from __future__ import annotations

from pathlib import Path

import pytest
from recordings import measure, payload, recorded, tallies

from terraloom.sources.astronomy.jpl_horizons import JplHorizons

SOURCE = JplHorizons()
ANSWER = """API VERSION: 1.2
API SOURCE: NASA/JPL Horizons API
*******************************************************************************
Target body name: 99942 Apophis (2004 MN4)        {source: JPL#220}
Center body name: Earth (399)                     {source: DE441}
Center-site name: GEOCENTRIC
*******************************************************************************
 Date__(UT)__HR:MN, , , R.A._(ICRF), DEC_(ICRF),   APmag,  S-brt,            delta,      deldot,
*******************************************************************************
$$SOE
 2029-Apr-13 00:00, , ,   182.12345,  -12.50000,   4.100,   n.a., 0.00312345678901,  -7.0100000,
 2029-Apr-14 00:00,*,m,   122.25000,   17.25000,    n.a.,   n.a., 0.00212345678901,   7.0100000,
$$EOE
*******************************************************************************
"""


def test_each_line_says_where_a_body_is_and_how_far() -> None:
    found = measure(SOURCE, ANSWER)
    assert SOURCE.recognises(payload(ANSWER))
    assert found.stations["jpl/99942"].title == "99942 Apophis (2004 MN4)"
    assert found.value("distance_from_earth", "jpl/99942", "2029-04-13") == 0.00312345678901
    assert found.value("declination", "jpl/99942", "2029-04-13") == -12.5
    assert found.value("apparent_magnitude", "jpl/99942", "2029-04-13") == 4.1
    assert len(found.values) == 7  # one magnitude is not available
    assert not found.rejects


@pytest.mark.parametrize(
    ("title", "station"),
    [
        ("67P/Churyumov-Gerasimenko", "jpl/67P"),
        ("(2024 YR4)", "jpl/2024 YR4"),
        ("1 Ceres (A801 AA)", "jpl/1"),
    ],
)
def test_a_body_has_the_designation_of_other_feeds_of_jpl(title: str, station: str) -> None:
    assert set(measure(SOURCE, ANSWER.replace("99942 Apophis (2004 MN4)", title)).stations) == {station}


@pytest.mark.parametrize(
    ("was", "becomes", "reason"),
    [
        ("GEOCENTRIC", "Palomar", "Earth's centre"),
        ("$$SOE", "No ephemeris for target", "$$SOE"),
        ("delta", "range", "delta"),
        ("99942 Apophis", "Mars Orbiter", "target"),
    ],
)
def test_an_answer_of_another_kind_is_refused(was: str, becomes: str, reason: str) -> None:
    [reject] = measure(SOURCE, ANSWER.replace(was, becomes)).rejects
    assert reason in reject.reason


def test_a_line_that_is_damaged_costs_only_itself() -> None:
    found = measure(SOURCE, ANSWER.replace("2029-Apr-13", "2029-Abc-13"))
    assert (len(found.values), len(found.rejects)) == (3, 1)


def test_the_recorded_answer_is_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "jpl-horizons") == {"ceres_ephemerides_range.txt": (16, 0)}
    [(_, one)] = recorded(samples, "jpl-horizons")
    assert measure(SOURCE, one).value("distance_from_earth", "jpl/1", "2022-06-10") == 3.51731638211972
