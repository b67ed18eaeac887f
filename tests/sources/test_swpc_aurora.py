"""Where the aurora is, how strong it is, and what the ionosphere below it absorbs."""

from __future__ import annotations

import json
from pathlib import Path

from recordings import measure, payload, recorded, tallies

from terraloom.sources.space_weather.swpc_drap import SwpcDrap
from terraloom.sources.space_weather.swpc_hemispheric_power import SwpcHemisphericPower
from terraloom.sources.space_weather.swpc_ovation_aurora import SwpcOvationAurora

POWER = """:Product: Aurora Nowcast
# Observation   Forecast   North-Hemispheric-Power-Index   South-Hemispheric-Power-Index
2026-01-02_03:00    2026-01-02_03:48      16      17
2026-01-02_03:05    2026-01-02_03:55      n/a     18
"""
DRAP = """# DRAP Tabular Values
# Product Valid At : 2026-01-02 03:04 UTC
#
      -178    2  178
--------------------
 89 |  2.0  2.1  2.0
-89 |  2.0  9.5  2.0
"""


def grid(chance: dict[tuple[int, int], int]) -> str:
    cells = [[lon, lat, chance.get((lon, lat), 0)] for lon in range(360) for lat in range(-90, 91)]
    return json.dumps({"Forecast Time": "2026-01-02T03:04:00Z", "coordinates": cells})


def test_the_oval_reaches_as_far_as_aurora_is_likely() -> None:
    found = measure(SwpcOvationAurora(), grid({(10, 61): 9, (20, 63): 10, (0, -55): 40, (0, 0): 80}))
    at = "2026-01-02T03:04"
    assert found.value("aurora_equatorward_latitude", "swpc/aurora-north", at) == 63
    assert found.value("aurora_equatorward_latitude", "swpc/aurora-south", at) == 55
    assert found.value("aurora_probability_maximum", "swpc/planet", at) == 40


def test_a_part_of_a_grid_is_refused() -> None:
    part = json.dumps({"Forecast Time": "2026-01-02T03:04:00Z", "coordinates": [[0, 70, 99]]})
    [reject] = measure(SwpcOvationAurora(), part).rejects
    assert "expected 65160 cells" in reject.reason
    assert not measure(SwpcDrap(), DRAP.replace("-89 |  2.0", "-89 |")).values


def test_the_power_of_each_hemisphere_is_of_the_time_it_is_forecast_for() -> None:
    assert SwpcHemisphericPower().recognises(payload(POWER))
    found = measure(SwpcHemisphericPower(), POWER)
    assert found.value("auroral_hemispheric_power", "swpc/aurora-south", "2026-01-02T03:55") == 18
    assert len(found.values) == 3


def test_the_strongest_absorption_has_its_place() -> None:
    [strongest] = measure(SwpcDrap(), DRAP).values
    assert (strongest.value, strongest.lon, strongest.lat) == (9.5, 2, -89)


def test_recordings_are_read_whole(samples: Path) -> None:
    assert set(tallies(SwpcOvationAurora(), samples, "swpc-ovation").values()) == {(3, 0)}
    assert tallies(SwpcDrap(), samples, "swpc-text") == {"drap-global-frequencies.2026_08_20.txt": (1, 0)}
    body = dict(recorded(samples, "swpc-ovation"))["ovation-aurora.2026_08_01.json"]
    edge = measure(SwpcOvationAurora(), body).value(
        "aurora_equatorward_latitude", "swpc/aurora-north", "2026-08-01T19:52"
    )
    assert edge == 67
