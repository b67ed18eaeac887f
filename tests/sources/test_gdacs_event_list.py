"""GDACS' event list for apps, by hand: its fields as public descriptions give them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from made import payload
from terraloom.records import EventType, HazardReport, Reject, Severity
from terraloom.sources import source

LIST = "gdacs-event-list"


def feature(point: Any = (97.1, 3.4), **said: Any) -> dict[str, Any]:
    usual = {
        "eventtype": "EQ",
        "eventid": 1500001,
        "episodeid": 1660001,
        "eventname": "",
        "glide": "EQ-2026-000123-IDN",
        "name": "Earthquake in Indonesia",
        "description": "Earthquake in Indonesia",
        "htmldescription": "Orange Earthquake in Indonesia from: 11 May 2026",
        "url": {"report": "https://www.gdacs.org/report.aspx?eventid=1500001&eventtype=EQ", "details": "x"},
        "alertlevel": "Orange",
        "alertscore": 1.5,
        "iscurrent": "true",
        "fromdate": "2026-05-11T05:35:52",
        "todate": "2026-05-11T05:35:52",
        "datemodified": "2026-05-11T06:12:00",
        "Class": "Point_Centroid",
        "severitydata": {
            "severity": 6.1,
            "severitytext": "Magnitude 6.1M, Depth:34.3km",
            "severityunit": "M",
        },
    }
    geometry = {"type": "Point", "coordinates": list(point)}
    return {"type": "Feature", "bbox": [1, 2, 3, 4], "geometry": geometry, "properties": usual | said}


def parse(*features: dict[str, Any]) -> list[HazardReport | Reject]:
    sent = payload(LIST, json.dumps({"type": "FeatureCollection", "features": features}).encode())
    assert source(LIST).recognises(sent)
    assert not source("gdacs-events").recognises(sent)
    return list(source(LIST).parse(sent))


def only(**said: Any) -> HazardReport:
    (found,) = parse(feature(**said))
    assert isinstance(found, HazardReport), found
    return found


def test_an_earthquake_has_its_magnitude_depth_and_glide_number() -> None:
    report = only()
    assert (report.source_event_id, report.event_type) == ("EQ1500001", EventType.EARTHQUAKE)
    assert (report.magnitude, report.depth_km, report.severity_level) == (6.1, 34.3, Severity.ORANGE)
    assert "glide:EQ-2026-000123-IDN" in report.keys
    assert report.onset == datetime(2026, 5, 11, 5, 35, 52, tzinfo=UTC)
    assert report.updated_at == datetime(2026, 5, 11, 6, 12, tzinfo=UTC)
    assert report.url.startswith("https://www.gdacs.org/report.aspx")


@pytest.mark.parametrize(
    ("kind", "value", "unit", "expected"),
    [
        ("TC", 120.4, "km/h", ("wind_speed_max", 120.4, "km/h")),
        ("WF", 12406.0, "ha", ("burned_area", 12406.0, "har")),
        ("DR", 120994.0, "km2", ("drought_area", 120994.0, "km2")),
        ("FL", 0.0, "", None),
    ],
)
def test_severity_is_measured_in_the_unit_of_the_hazard(
    kind: str, value: float, unit: str, expected: tuple[str, float, str] | None
) -> None:
    stated = {"severity": value, "severitytext": "", "severityunit": unit}
    found = [
        (m.name, m.value, m.unit) for m in only(eventtype=kind, glide="", severitydata=stated).measurements
    ]
    assert [m for m in found if m[0] not in ("alert_score", "episode")] == ([expected] if expected else [])


@pytest.mark.parametrize(
    "bad",
    [
        feature(eventtype="XX"),
        feature(datemodified="11 May"),
        feature(point=(500, 3)),
        feature(point=()),
        feature(eventid="many"),
        feature(alertlevel="Purple"),
    ],
    ids=["type", "date", "place", "no place", "id", "level"],
)
def test_a_wrong_event_costs_only_itself(bad: dict[str, Any]) -> None:
    assert [type(one) for one in parse(bad, feature())] == [Reject, HazardReport]
