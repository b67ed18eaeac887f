from __future__ import annotations

from pathlib import Path

from recordings import measure, payload, recorded, tallies

from terraloom.sources.astronomy.gmn_meteors import GmnMeteors

SOURCE = GmnMeteors()
COLUMNS = {
    "Unique trajectory|identifier": "20261121220741_yrPTs",
    "Beginning|UTC Time": "2026-11-21 22:07:41.940752",
    "IAU|No": "13",
    "IAU|code": "LEO",
    "RAgeo|deg": "152.1",
    "+/-|sigma": "0.1",
    "DECgeo|deg": "+21.8",
    "Vgeo|km/s": "70.2",
    "LatBeg|+N deg": "50.39",
    "LonBeg|+E deg": "-3.008825",
    "HtBeg|km": "115.1",
    "HtEnd|km": "94.7",
    "Peak|AbsMag": "-1.04",
    "Mass kg|tau=0.7%": "3.80e-04",
}


def summary(*meteors: dict[str, str]) -> str:
    first, second = ("; ".join(name.split("|")[n] for name in COLUMNS) for n in (0, 1))
    lines = ["; ".join((COLUMNS | meteor).values()) for meteor in meteors]
    return (
        "# Summary generated on 2026-11-22\n\r# "
        + f"{first}\n\r# {second}\n\r# ---; ---\n\r"
        + "\n\r".join(lines)
    )


def test_a_meteor_is_told_where_and_when_it_appeared_under_its_shower() -> None:
    found = measure(SOURCE, summary({}))
    assert SOURCE.recognises(payload(summary({})))
    at = ("gmn/LEO", "2026-11-21T22:07:41.940752")
    assert found.value("meteor_geocentric_speed", *at) == 70.2
    assert found.value("meteor_peak_magnitude", *at) == -1.04
    assert found.value("meteor_mass", *at) == 3.8e-4
    assert found.value("declination", *at) == 21.8
    assert {(one.lon, one.lat) for one in found.values} == {(-3.008825, 50.39)}
    assert found.stations["gmn/LEO"].title == "Meteor shower LEO"


def test_a_meteor_of_no_shower_is_sporadic() -> None:
    found = measure(SOURCE, summary({"IAU|No": "-1", "IAU|code": "..."}))
    assert {one.station for one in found.values} == {"gmn/sporadic"}
    assert len(found.values) == 7


def test_a_value_that_is_none_is_no_observation_and_a_wrong_one_costs_itself() -> None:
    found = measure(SOURCE, summary({"Vgeo|km/s": "None", "HtEnd|km": "nan"}, {"Beginning|UTC Time": "soon"}))
    assert len(found.values) == 5
    assert len(found.rejects) == 1
    assert "soon" in found.rejects[0].reason


def test_a_summary_without_a_column_is_refused() -> None:
    [reject] = measure(SOURCE, summary({}).replace("Vgeo", "Vsomething")).rejects
    assert "Vgeo km/s" in reject.reason


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "gmn-meteors") == {
        "traj_summary_20220304_solrange_344.0-345.0.txt": (3738, 0),
        "traj_summary_monthly_201812.txt": (3479, 0),
    }
    first = dict(recorded(samples, "gmn-meteors"))["traj_summary_20220304_solrange_344.0-345.0.txt"]
    found = measure(SOURCE, first)
    assert found.value("meteor_begin_height", "gmn/sporadic", "2022-03-04T22:07:41.940752") == 72.3119
    assert len(found.stations) < 50
