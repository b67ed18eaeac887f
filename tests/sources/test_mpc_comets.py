from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import measure, payload, tallies

from terraloom.sources.astronomy.mpc_comets import MpcComets

SOURCE = MpcComets()


def comet(**other: object) -> dict[str, object]:
    return {
        "Designation_and_name": "C/2026 A1 (Someone-Else)",
        "Orbit_type": "C",
        "Year_of_perihelion": 2026,
        "Month_of_perihelion": 10,
        "Day_of_perihelion": 5.25,
        "Perihelion_dist": 0.933,
        "e": 1.0002,
        "i": 89.04,
        "Node": 283.36,
        "Peri": 130.64,
        "Epoch_year": 2026,
        "Epoch_month": 11,
        "Epoch_day": 1,
        "H": 8.5,
        **other,
    }


def listed(*comets: dict[str, object]) -> bytes:
    return gzip.compress(json.dumps(comets).encode(), mtime=0)


def test_a_comet_has_its_elements_at_their_epoch() -> None:
    found = measure(SOURCE, payload(listed(comet())))
    assert SOURCE.recognises(payload(listed(comet())))
    assert found.stations["mpc/C/2026 A1"].title == "C/2026 A1 (Someone-Else)"
    # midnight TT is 69.184 s earlier in UTC
    assert {one.time for one in found.values} == {datetime(2026, 10, 31, 23, 58, 50, 816_000, tzinfo=UTC)}
    values = {one.metric: one.value for one in found.values}
    assert values["orbital_eccentricity"] == 1.0002
    assert values["comet_total_magnitude"] == 8.5
    assert len(values) == 6


def test_elements_without_an_epoch_hold_at_the_perihelion() -> None:
    undated = comet()
    del undated["Epoch_year"]
    found = measure(SOURCE, payload(listed(undated)))
    assert {one.time for one in found.values} == {datetime(2026, 10, 5, 5, 58, 50, 816_000, tzinfo=UTC)}


def test_comets_far_from_their_perihelion_are_left_out() -> None:
    far = comet(Designation_and_name="1P/Halley", Year_of_perihelion=1986)
    near = comet(Designation_and_name="2P/Encke")
    assert set(measure(SOURCE, payload(listed(far, near))).stations) == {"mpc/2P/Encke"}


@pytest.mark.parametrize("field", ["Month_of_perihelion", "Epoch_day", "e"])
def test_a_broken_comet_costs_only_itself(field: str) -> None:
    found = measure(SOURCE, payload(listed(comet(**{field: "x"}), comet())))
    assert len(found.values) == 6
    assert [field in reject.reason for reject in found.rejects] == [True]


def test_the_recorded_answer_of_the_service_is_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "mpc") == {"comet_object_C2012S1.json": (5, 0)}
