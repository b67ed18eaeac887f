"""NOAA STAR: global mean sea level."""

from __future__ import annotations

from recordings import measure

from terraloom.sources.ocean.star_sea_level import SEA_LEVEL, StarSeaLevel

SOURCE = StarSeaLevel()
BODY = b"""# Mean Sea Level Anomalies
year,TOPEX/Poseidon,Jason-1,Sentinel-6MF
1993.50000,-14.57,,
2025.12880,,,80.98
2024.50000,,,79.01
2025.2,,high,
"""


def test_each_mission_is_a_station_and_years_are_fractions() -> None:
    found = measure(SOURCE, BODY)
    assert found.value(SEA_LEVEL.id, "star/topex-poseidon", "1993-07-02T12:00") == -14.57
    assert found.value(SEA_LEVEL.id, "star/sentinel-6mf", "2024-07-02") == 79.01
    assert found.stations["star/topex-poseidon"].title == "TOPEX/Poseidon"


def test_a_value_that_is_none_costs_only_its_row() -> None:
    found = measure(SOURCE, BODY)
    assert [(one.where, "high" in one.reason) for one in found.rejects] == [("record 3", True)]
    assert len(found.values) == 3


def test_a_mission_to_come_is_read_by_its_name() -> None:
    assert "star/sentinel-6c" in measure(SOURCE, BODY.replace(b"Jason-1", b"Sentinel-6C")).stations
