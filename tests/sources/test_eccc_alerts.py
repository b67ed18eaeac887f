import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from recordings import counts, read

from terraloom.records import EventType, Severity
from terraloom.sources.weather.eccc_alerts import EcccAlerts


def feature(zone: str, west: float, alert: str = "77", **more: Any) -> dict[str, Any]:
    ring = [[west, 50], [west + 2, 50], [west + 2, 52], [west, 52], [west, 50]]
    said = {"id": f"{alert}_{zone}", "feature_id": zone, "alert_name_en": "flash flood warning"}
    times = {"publication_datetime": "2026-11-21T10:00:00.000Z", "event_end_datetime": "2026-11-21T20:00:00Z"}
    place = {"feature_name_en": f"Zone {zone}", "province": "ON", "status_en": "continued"}
    properties = said | times | place | {"risk_colour_en": "yellow"} | more
    return {"geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": properties}


def collection(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_the_zones_of_an_alert_are_one_report_at_the_highest_colour() -> None:
    [report], _ = read(EcccAlerts(), collection(feature("a", -80), feature("b", -78, risk_colour_en="red")))
    assert (report.source_event_id, report.event_type) == ("77", EventType.FLOOD)
    assert report.severity_level is Severity.RED
    assert report.title == "Flash flood warning: Zone a, Zone b"
    assert (report.lon, report.lat) == (pytest.approx(-78), pytest.approx(51))
    assert report.geometry is not None
    assert report.geometry["type"] == "MultiPolygon"


def test_an_alert_ends_with_its_last_zone_and_an_ended_zone_when_that_was_published() -> None:
    later = feature("b", -78, status_en="ended", publication_datetime="2026-11-21T12:00:00Z")
    [report], _ = read(EcccAlerts(), collection(feature("a", -80), later))
    assert report.updated_at == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert report.valid_until == datetime(2026, 11, 21, 20, tzinfo=UTC)
    [ended], _ = read(EcccAlerts(), collection(later))
    assert ended.valid_until == ended.updated_at


def test_what_cannot_be_read_costs_no_other() -> None:
    strange = [feature("a", -80, risk_colour_en="pink"), feature("b", -80, id="77")]
    reports, rejects = read(EcccAlerts(), collection(*strange, feature("c", -80, risk_colour_en=None)))
    assert [report.severity_level for report in reports] == [None]  # statements have no colour
    assert [reject.reason.partition(":")[0] for reject in rejects] == ["risk_colour_en", "id"]


def test_the_recording_is_two_alerts_in_seven_zones(samples: Path) -> None:
    assert counts(EcccAlerts(), samples, "eccc-alerts") == {"eccc_alerts.json": (2, 0)}
