"""NHC CurrentStorms.json."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources import source


def storm(**said: Any) -> dict[str, Any]:
    usual = {
        "id": "ep072026",
        "binNumber": "EP2",
        "name": "Example",
        "classification": "HU",
        "intensity": "85",
        "pressure": "970",
        "latitudeNumeric": 23.5,
        "longitudeNumeric": -136,
        "movementDir": 290,
        "movementSpeed": 14,
        "lastUpdate": "2026-08-02T03:00:00.000Z",
        "publicAdvisory": {"advNum": "036", "url": "https://www.nhc.noaa.gov/text/MIATCPEP2.shtml"},
        "windWatchesWarnings": None,
    }
    return usual | said


def parse(*storms: dict[str, Any]) -> list[HazardReport | Reject]:
    body = json.dumps({"activeStorms": storms}, allow_nan=True).encode()
    current = source("nhc-current-storms")
    return list(
        current.parse(Payload(source="x", url="", fetched_at=datetime(2026, 8, 2, tzinfo=UTC), body=body))
    )


def test_a_storm_is_a_fix_at_its_last_update() -> None:
    (report,) = parse(storm())
    assert isinstance(report, HazardReport)
    assert (report.source_event_id, report.title) == ("EP072026", "Hurricane Example")
    assert report.onset == report.updated_at == datetime(2026, 8, 2, 3, tzinfo=UTC)
    assert report.keys == ("atcf:EP072026", "storm:EXAMPLE.2026.EP")
    assert {m.name: m.value for m in report.measurements} == {
        "wind_speed": 85,
        "pressure": 970,
        "movement_direction": 290,
    }


def test_no_storms_are_no_reports() -> None:
    assert parse() == []


def test_products_and_numbers_may_be_null() -> None:
    (report,) = parse(storm(publicAdvisory=None, pressure=None, intensity=None, movementDir=None))
    assert isinstance(report, HazardReport)
    assert report.measurements == ()


@pytest.mark.parametrize(
    "said",
    [
        {"longitudeNumeric": float("nan")},
        {"latitudeNumeric": 123.0},
        {"id": "../../etc"},
        {"intensity": "fast"},
        {"lastUpdate": None},
        {"pressure": "97"},
    ],
)
def test_a_wrong_storm_costs_only_itself(said: dict[str, Any]) -> None:
    found = parse(storm(**said), storm())
    assert sorted(type(one).__name__ for one in found) == ["HazardReport", "Reject"]
