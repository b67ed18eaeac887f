"""GFZ's geomagnetic indices, as text and as JSON by columns."""

from __future__ import annotations

from pathlib import Path

from recordings import measure, payload, recorded, tallies

from terraloom.sources.space_weather.gfz_hp30 import GfzHp30
from terraloom.sources.space_weather.gfz_hp60 import GfzHp60
from terraloom.sources.space_weather.gfz_kp import GfzKp

DAYS = """# LICENSE: CC BY 4.0
#YYY MM DD  days  days_m  Bsr dB    Kp1    Kp2 ...
2026 01 02 34335 34335.5 2625 18  0.333  1.333  1.333  2.000  1.667  1.000 -1.000 -1.000  2  5  5  7  6\
    4   -1   -1    -1 154    178.5     -1.0 0
"""
HALF_HOURS = """#YYY MM DD hh.h hh._m        days      days_m   Hp30 ap30 D
2026 01 02 00.0 00.25 34335.00000 34335.01042  3.667   22 0
2026 01 02 00.5 00.75 34335.02083 34335.03125 -1.000   -1 0
2026 01 02 25.0 00.75 34335.02083 34335.03125  1.000    4 0
"""
COLUMNS = """{"meta":{"source":"GFZ Potsdam","license":"CC BY 4.0"},"datetime":["2026-01-02T00:00:00Z",
"2026-01-02T03:00:00Z"],"Kp":[2.333,null],"status":["now","now"]}"""


def test_a_day_holds_eight_times_three_hours() -> None:
    found = measure(GfzKp(), DAYS)
    assert not found.rejects
    assert found.value("planetary_k_index", "gfz/planet", "2026-01-02T15:00") == 1.0
    assert found.value("planetary_ap_index", "gfz/planet", "2026-01-02T09:00") == 7
    assert found.value("sunspot_number", "gfz/planet", "2026-01-02") == 154
    assert found.value("solar_radio_flux_10_7cm", "gfz/planet", "2026-01-02T20:00") == 178.5
    assert len(found.values) == 6 + 6 + 2


def test_half_hours_begin_where_the_fraction_says() -> None:
    found = measure(GfzHp30(), HALF_HOURS)
    assert [(x.metric, x.time.minute, x.value) for x in found.values] == [
        ("hp30_index", 0, 3.667),
        ("ap30_index", 0, 22),
    ]
    assert [reject.where for reject in found.rejects] == ["record 2"]
    assert GfzHp30().recognises(payload(HALF_HOURS))
    assert not GfzHp60().recognises(payload(HALF_HOURS))


def test_columns_of_json_are_read_by_their_times() -> None:
    found = measure(GfzKp(), COLUMNS)
    assert [(x.time.hour, x.value) for x in found.values] == [(0, 2.333)]
    assert not found.rejects


def test_columns_that_are_cut_off_keep_what_came_whole() -> None:
    found = measure(GfzKp(), COLUMNS[: COLUMNS.index(",null")])
    assert not found.values  # 2.333 may have had more digits
    assert [reject.reason for reject in found.rejects] == ["the document ends within 'Kp'"]
    assert len(measure(GfzKp(), COLUMNS[: COLUMNS.index("],")]).rejects) == 1


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(GfzHp30(), samples, "gfz-kp") == {"Hp30_2009-01.txt": (1489, 0)}
    assert tallies(GfzHp60(), samples, "gfz-kp") == {"Hp60_2009-01.txt": (745, 0)}
    assert tallies(GfzKp(), samples, "gfz-kp") == {"SN_2009-01.txt": (32, 0)}
    files = dict(recorded(samples, "gfz-kp"))
    assert measure(GfzKp(), files["SN_2009-01.txt"]).value("sunspot_number", "gfz/planet", "2009-01-11") == 10
