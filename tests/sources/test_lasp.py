from __future__ import annotations

from pathlib import Path

from recordings import measure, payload, tallies

from terraloom.sources.space_weather.lasp_ae import LaspAe
from terraloom.sources.space_weather.lasp_dst import LaspDst

DST = """      Time          Predicted Dst
2026/002-21:10:16      -40.5
2026/367-21:20:59      -39.9
"""


def test_the_day_of_the_year_is_a_date() -> None:
    found = measure(LaspDst(), DST)
    assert found.value("dst_index_predicted", "lasp/planet", "2026-01-02T21:10:16") == -40.5
    assert [reject.where for reject in found.rejects] == ["record 1"]


def test_indices_are_told_apart_by_the_heading() -> None:
    assert LaspDst().recognises(payload(DST))
    assert not LaspAe().recognises(payload(DST))
    assert LaspAe().recognises(payload(DST.replace("Dst", "AE")))


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(LaspDst(), samples, "dst") == {"dst_last_96_hrs.txt": (574, 0)}
    assert tallies(LaspAe(), samples, "dst") == {"ae_last_96_hrs.txt": (573, 0)}
