from __future__ import annotations

from pathlib import Path

from recordings import measure, tallies

from terraloom.sources.space_weather.swpc_planetary_k_1m import SwpcPlanetaryKMinutes

SOURCE = SwpcPlanetaryKMinutes()


def test_the_estimate_is_kept_in_thirds() -> None:
    found = measure(SOURCE, '[{"time_tag":"2026-01-02T03:04:00","kp_index":3,"estimated_kp":2.67,"kp":"3M"}]')
    assert found.value("planetary_k_index_estimated", "swpc/planet", "2026-01-02T03:04") == 2.67
    assert len(found.values) == 1


def test_the_recording_is_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "swpc-kp") == {"planetary_k_index_1m.json": (358, 0)}
