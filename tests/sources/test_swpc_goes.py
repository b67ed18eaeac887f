"""The feeds of the GOES satellites: one record for each energy and time."""

from __future__ import annotations

from pathlib import Path

from recordings import measure, payload, recorded, tallies

from terraloom.records import Quality
from terraloom.sources.space_weather.swpc_goes_electrons import SwpcGoesElectrons
from terraloom.sources.space_weather.swpc_goes_protons import SwpcGoesProtons
from terraloom.sources.space_weather.swpc_goes_protons_differential import SwpcGoesProtonsDifferential
from terraloom.sources.space_weather.swpc_goes_xray import SwpcGoesXray

XRAYS = """[{"time_tag":"2026-01-02T03:04:00Z","satellite":18,"flux":4.5e-08,"observed_flux":1e-07,
"electron_correction":6e-08,"electron_contaminaton":true,"energy":"0.05-0.4nm"},
{"time_tag":"2026-01-02T03:04:00Z","satellite":18,"flux":1.4e-06,"observed_flux":1.5e-06,
"electron_correction":6e-08,"electron_contaminaton":false,"energy":"0.1-0.8nm"}]"""


def flux(satellite: int, energy: str) -> str:
    return f'[{{"time_tag":"2026-01-02T03:05:00Z","satellite":{satellite},"flux":12.5,"energy":"{energy}"}}]'


def test_two_bands_of_one_minute_are_two_metrics_and_a_contaminated_one_is_suspect() -> None:
    found = measure(SwpcGoesXray(), XRAYS)
    assert [(x.metric, x.station, x.quality) for x in found.values] == [
        ("solar_xray_flux_short", "goes/18", Quality.SUSPECT),
        ("solar_xray_flux_long", "goes/18", Quality.GOOD),
    ]
    assert found.stations["goes/18"].kind == "spacecraft"


def test_the_satellite_is_the_station_and_the_energy_the_metric() -> None:
    found = measure(SwpcGoesProtons(), flux(19, ">=10 MeV"))
    assert found.value("proton_flux_above_10mev", "goes/19", "2026-01-02T03:05") == 12.5
    found = measure(SwpcGoesElectrons(), flux(18, ">=2 MeV"))
    assert found.value("electron_flux_above_2mev", "goes/18", "2026-01-02T03:05") == 12.5


def test_protons_and_electrons_are_told_apart_by_their_energies() -> None:
    assert SwpcGoesElectrons().recognises(payload(flux(18, ">=2 MeV")))
    assert not SwpcGoesProtons().recognises(payload(flux(18, ">=2 MeV")))
    [reject] = measure(SwpcGoesProtons(), flux(18, ">=2 MeV")).rejects
    assert "energy: got '>=2 MeV'" in reject.reason


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(SwpcGoesXray(), samples, "swpc-goes-xray") == {
        "xrays-1-day_2023-06.json": (2876, 0),
        "xrays-6-hour.2026_08_20.json": (716, 0),
        "xrays-6-hour_wspr-reports.json": (716, 0),
    }
    assert tallies(SwpcGoesProtons(), samples, "swpc-goes-protons") == {
        "integral-protons-6-hour.2026_08_20.json": (568, 0)
    }
    assert tallies(SwpcGoesProtonsDifferential(), samples, "swpc-goes-protons") == {
        "differential-protons-1-day_2024-04.json": (3731, 0)
    }


def test_a_band_of_protons_is_a_channel(samples: Path) -> None:
    body = dict(recorded(samples, "swpc-goes-protons"))["differential-protons-1-day_2024-04.json"]
    found = measure(SwpcGoesProtonsDifferential(), body)
    assert found.value("proton_flux_p1", "goes/18", "2024-04-23T21:00") == 0.0014888141304254532
