import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from recordings import RECEIVED, counts, read

from terraloom.records import EventType, Severity
from terraloom.sources.weather.metno_alerts import MetnoAlerts

SQUARE = {"type": "Polygon", "coordinates": [[[10, 60], [12, 60], [12, 62], [10, 62], [10, 60]]]}


def feature(begins: str, ends: str, **more: Any) -> dict[str, Any]:
    said = {"id": "2.49.0.1.578.0.20261121060000.001", "area": "B4", "event": "gale", "status": "Actual"}
    levels = {"awareness_level": "2; yellow; Moderate", "awareness_type": "1; Wind", "type": "Update"}
    when = {"interval": [f"2026-11-{begins}:00:00+00:00", f"2026-11-{ends}:00:00+00:00"]}
    return {"geometry": SQUARE, "when": when, "properties": said | levels | more}


def collection(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_an_update_of_a_gale_under_way_is_found_under_one_of_its_days() -> None:
    [first], _ = read(MetnoAlerts(), collection(feature("20T22", "22T10")))
    [later], _ = read(MetnoAlerts(), collection(feature("21T10", "23T02")))
    assert first.source_event_id == "gale/B4/2026-11-20"
    assert later.source_event_id in first.also_ids
    assert "2.49.0.1.578.0.20261121060000.001" in first.also_ids
    assert first.updated_at == datetime(2026, 11, 21, 6, tzinfo=UTC)
    assert (first.lon, first.lat) == (pytest.approx(11), pytest.approx(61))


def test_warnings_of_one_kind_for_one_area_are_one_until_the_last_ends() -> None:
    worse = feature("22T10", "22T20", awareness_level="3; orange; Severe")
    other = feature("21T10", "21T12", event="avalanches", awareness_type="9; avalanches")
    reports, _ = read(MetnoAlerts(), collection(feature("20T22", "22T10"), worse, other))
    assert [report.event_type for report in reports] == [EventType.SEVERE_WEATHER, EventType.LANDSLIDE]
    assert reports[0].severity_level is Severity.ORANGE
    assert reports[0].valid_until == datetime(2026, 11, 22, 20, tzinfo=UTC)
    assert reports[0].fragment.count(b'"awareness_level"') == 2


def test_green_warnings_and_tests_are_none_and_a_cancelled_one_is_over() -> None:
    green = feature("20T22", "22T10", awareness_level="1; green; Minor")
    assert read(MetnoAlerts(), collection(green, feature("20T22", "22T10", status="Test"))) == ([], [])
    [report], _ = read(MetnoAlerts(), collection(feature("20T22", "22T10", type="Cancel", id="odd")))
    assert report.valid_until == report.updated_at == RECEIVED  # an odd id does not tell when it was issued


def test_what_cannot_be_read_costs_no_other() -> None:
    bad = feature("20T22", "22T10", awareness_level="9; purple")
    without_end = feature("20T22", "22T10") | {"when": {"interval": ["2026-11-20T22:00:00Z"]}}
    reports, rejects = read(MetnoAlerts(), collection(bad, without_end, feature("20T22", "22T10")))
    assert len(reports) == 1
    assert [reject.reason.partition(":")[0] for reject in rejects] == ["awareness_level", "when.interval"]


def test_the_recording_is_read_whole(samples: Path) -> None:
    assert counts(MetnoAlerts(), samples, "metno-alerts") == {"metno_alerts.json": (29, 0)}
