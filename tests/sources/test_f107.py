"""The solar radio flux at 10.7 cm, by Penticton's own table and by LISIRD."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from recordings import measure, tallies

from terraloom.sources.space_weather.lisird_f107 import LisirdF107
from terraloom.sources.space_weather.nrcan_f107 import NrcanF107

PENTICTON = """fluxdate    fluxtime    fluxjulian    fluxcarrington  fluxobsflux  fluxadjflux  fluxursi
----------  ----------  ------------  --------------  -----------  -----------  ----------
20260102    200000      2461043.322   2306.100        0131.4       0127.0       0114.3
"""
LISIRD = """time (Julian Date),observed_flux (solar flux unit (SFU)),adjusted_flux (solar flux unit (SFU))
2432230.2,0.0,0.0
2432231.2,260.4,254.0
2432231.2,261.0,255.0
"""


def test_both_fluxes_of_a_time_are_read() -> None:
    found = measure(NrcanF107(), PENTICTON)
    assert found.value("solar_radio_flux_10_7cm", "nrcan/penticton", "2026-01-02T20:00") == 131.4
    assert found.value("solar_radio_flux_10_7cm_adjusted", "nrcan/penticton", "2026-01-02T20:00") == 127.0
    assert not found.rejects


def test_a_flux_of_zero_is_none_and_of_two_at_one_time_the_last_holds() -> None:
    found = measure(LisirdF107(), LISIRD)
    assert [x.value for x in found.values] == [261.0, 255.0]
    assert found.values[0].time == datetime(1947, 2, 14, 16, 48, tzinfo=UTC)


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(NrcanF107(), samples, "f107") == {"fluxtable.txt": (27014, 0)}
    assert tallies(LisirdF107(), samples, "f107") == {"penticton_radio_flux.csv": (92997, 0)}
