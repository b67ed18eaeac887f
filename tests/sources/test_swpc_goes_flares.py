from __future__ import annotations

from pathlib import Path

import pytest
from recordings import measure, tallies

from terraloom.sources.space_weather.swpc_goes_flares import SwpcGoesFlares

SOURCE = SwpcGoesFlares()
BODY = """[{"time_tag":"2026-01-02T03:46:00Z","satellite":18,"begin_time":"2026-01-02T02:43:00Z",
"begin_class":"B3.1","max_time":"2026-01-02T02:53:00Z","max_class":"M1.5","max_xrlong":1.5e-05,
"current_int_xrlong":0.0129,"end_time":"2026-01-02T03:09:00Z","max_ratio_time":"Unk","max_ratio":null,
"end_class":"B3.8"}]"""


def test_a_flare_has_its_peak_when_it_was_and_its_energy_when_it_began() -> None:
    found = measure(SOURCE, BODY)
    assert found.value("solar_flare_peak_flux", "goes/18", "2026-01-02T02:53") == 1.5e-05
    assert found.value("solar_flare_fluence", "goes/18", "2026-01-02T02:43") == 0.0129


@pytest.mark.parametrize("end", ['"Unk"', "null", '""'])
def test_a_flare_that_goes_on_is_not_kept_yet(end: str) -> None:
    found = measure(SOURCE, BODY.replace('"2026-01-02T03:09:00Z"', end))
    assert not found.values
    assert not found.rejects


def test_the_recording_is_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "swpc-goes-xray") == {"xray-flares-latest.2026_08_06.json": (2, 0)}
