from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import measure, payload, recorded, tallies

from terraloom.sources.astronomy.jpl_small_bodies import JplSmallBodies

SOURCE = JplSmallBodies()


def answer(**orbit: object) -> str:
    elements = [
        {"name": "e", "value": ".1911", "units": None},
        {"name": "i", "value": "3.34", "units": "deg"},
        {"name": "tp", "value": "2461042.5", "units": "TDB"},
        {"name": "per", "value": None, "units": "d"},
    ]
    return json.dumps(
        {
            "signature": {"version": "1.3"},
            "object": {
                "des": "99942",
                "fullname": "99942 Apophis (2004 MN4)",
                "orbit_class": {"code": "ATE"},
            },
            "phys_par": [
                {"name": "H", "value": "19.09"},
                {"name": "diameter", "value": "0.34"},
                {"name": "extent", "value": "0.5 x 0.2 x 0.2"},
                {"name": "H", "value": "18.9"},
            ],
            "orbit": {"epoch": "2461000.5", "elements": elements, "moid": ".000253", **orbit},
        }
    )


def test_elements_and_properties_stand_at_the_epoch() -> None:
    found = measure(SOURCE, answer(condition_code="0"))
    assert SOURCE.recognises(payload(answer()))
    assert found.stations["jpl/99942"].title == "99942 Apophis (2004 MN4)"
    # midnight TDB is 69.184 s earlier in UTC
    assert {x.time for x in found.values} == {datetime(2025, 11, 20, 23, 58, 50, 816_000, tzinfo=UTC)}
    assert {x.metric: x.value for x in found.values} == {
        "orbital_eccentricity": 0.1911,
        "orbital_inclination": 3.34,
        "absolute_magnitude": 19.09,
        "object_diameter": 0.34,
        "minimum_orbit_intersection_distance": 0.000253,
        "orbit_condition_code": 0.0,
    }


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (answer(epoch="soon"), "orbit.epoch"),
        ('{"code":"200","message":"specified object was not found"}', "missing required field `object`"),
        (answer().replace('".1911"', '"x"'), "e: got 'x'"),
    ],
)
def test_an_answer_that_cannot_be_read_says_why(body: str, reason: str) -> None:
    [reject] = measure(SOURCE, body).rejects
    assert reason in reject.reason


def test_recordings_are_read_whole(samples: Path) -> None:
    assert tallies(SOURCE, samples, "jpl-sbdb") == {
        "sbdb_67P.json": (13, 0),
        "sbdb_apophis.json": (14, 0),
        "sbdb_ceres.json": (13, 0),
        "sbdb_ceres_missing_value.json": (12, 0),  # no period
        "sbdb_phaethon.json": (14, 0),
    }
    [apophis] = [one for name, one in recorded(samples, "jpl-sbdb") if name == "sbdb_apophis.json"]
    assert {x.metric: x.value for x in measure(SOURCE, apophis).values}["rotation_period"] == 30.4
