"""Ionosondes as KC2G lists them, hand-written by the public description."""

from __future__ import annotations

import json

import pytest
from recordings import measure

from terraloom.sources import source

SONDE = {
    "time": "2026-09-27T15:10:01",
    "mufd": 25.0,
    "fof2": 7.6,
    "hmf2": 238.2,
    "tec": 15.5,
    "foe": None,
    "cs": 70.0,
    "md": "3.292",
    "station": {"code": "EA036", "name": "El Arenosillo, Spain", "longitude": "353.3", "latitude": "37.1"},
}


def test_a_reading_is_placed_at_its_station_in_utc() -> None:
    found = measure(source("kc2g-ionosondes"), json.dumps([SONDE]))
    station = found.stations["giro/EA036"]
    assert (station.title, station.lat) == ("El Arenosillo, Spain", 37.1)
    assert station.lon == pytest.approx(-6.7)
    assert found.value("critical_frequency_f2", "giro/EA036", "2026-09-27T15:10:01") == 7.6
    assert found.value("total_electron_content", "giro/EA036", "2026-09-27T15:10:01") == 15.5
    assert len(found.values) == 4  # nothing of the E layer


def test_a_sounding_that_was_never_scaled_gives_nothing() -> None:
    blank = SONDE | {"mufd": None, "fof2": None, "hmf2": None, "tec": None}
    found = measure(source("kc2g-ionosondes"), json.dumps([blank]))
    assert (found.values, found.rejects) == ([], [])
