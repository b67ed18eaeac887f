"""ACE's tables of text."""

from __future__ import annotations

from pathlib import Path

from recordings import measure, payload, tallies

from terraloom.records import Quality
from terraloom.sources.space_weather.swpc_ace_epam import SwpcAceEpam
from terraloom.sources.space_weather.swpc_ace_mag import SwpcAceMag
from terraloom.sources.space_weather.swpc_ace_swepam import SwpcAceSwepam

SWEPAM = """:Data_list: ace_swepam_1m.txt
# Source: ACE Satellite - Solar Wind Electron Proton Alpha Monitor
2026 01 02  0304   61042   11040    0        2.0      521.2     2.48e+05
2026 01 02  0305   61042   11100    3        2.2      519.1    -1.00e+05
2026 01 02  0306   61042   11160    9    -9999.9    -9999.9    -1.00e+05
"""
EPAM = """:Data_list: ace_epam_5m.txt
# Source: ACE Satellite - Electron, Proton, and Alpha Monitor
2026 01 02  0305  61042  11100  4  3.97e+03 1.63e+01  0  4.91e+03 3.40e+02 6.26e+01 2.15e+01 -1.00e+05  -1.00
"""


def test_bad_records_are_suspect_and_missing_values_none() -> None:
    found = measure(SwpcAceSwepam(), SWEPAM)
    assert not found.rejects
    assert [(x.time.minute, x.value, x.quality) for x in found.values if x.metric == "solar_wind_speed"] == [
        (4, 521.2, Quality.GOOD),
        (5, 519.1, Quality.SUSPECT),
    ]
    assert found.value("solar_wind_proton_temperature", "swpc/ace", "2026-01-02T03:04") == 248_000
    assert len(found.values) == 5


def test_electrons_and_protons_have_a_status_each() -> None:
    found = measure(SwpcAceEpam(), EPAM)
    assert not found.rejects
    doubted = {x.metric for x in found.values if x.quality is Quality.SUSPECT}
    assert doubted == {"electron_flux_38_53kev", "electron_flux_175_315kev"}
    assert found.value("proton_flux_795_1193kev", "swpc/ace", "2026-01-02T03:05") == 21.5
    assert len(found.values) == 6


def test_a_table_is_known_by_its_instrument() -> None:
    assert SwpcAceSwepam().recognises(payload(SWEPAM))
    assert not SwpcAceSwepam().recognises(payload(EPAM))


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(SwpcAceSwepam(), samples, "swpc-ace-text") == {
        "20090101_ace_swepam_1m.txt": (3804, 0),
        "ace-swepam.txt": (246, 0),
    }
    assert tallies(SwpcAceMag(), samples, "swpc-ace-text") == {"ace-magnetometer.txt": (268, 0)}
    assert tallies(SwpcAceEpam(), samples, "swpc-ace-text") == {"ace-epam.txt": (166, 0)}
