import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from recordings import counts, read

from terraloom.records import EventType, HazardReport, Severity
from terraloom.sources.weather.meteoalarm import MeteoAlarm

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def named(**values: str) -> list[dict[str, str]]:
    return [{"valueName": name, "value": value} for name, value in values.items()]


def info(language: str = "en-GB", level: str = "3; orange; Severe", **more: Any) -> dict[str, Any]:
    said = {"event": "storm", "severity": "Moderate", "headline": f"Storm ({language})", "language": language}
    span = {"onset": "2026-11-21T09:00:00+01:00", "expires": "2026-11-21T18:00:00+01:00"}
    area = [{"areaDesc": "Northland", "geocode": named(EMMA_ID="XX001")}]
    parameters = named(awareness_level=level, awareness_type="1; Wind")
    return said | span | {"area": area, "parameter": parameters} | more


def alert(*told: dict[str, Any], **more: Any) -> str:
    said = {"identifier": "2.49.0.0.999.B.MUL", "sent": "2026-11-21T08:00:00+01:00", "status": "Actual"}
    return json.dumps({"warnings": [{"alert": said | {"msgType": "Alert", "info": list(told)} | more}]})


def one(text: str) -> HazardReport:
    [report], rejects = read(MeteoAlarm(), text)
    assert not rejects
    return report


def test_the_english_text_and_the_colour_of_the_awareness_level_are_taken() -> None:
    report = one(alert(info("de-DE"), info()))
    assert report.title == "Storm (en-GB): Northland"
    assert report.severity_level is Severity.ORANGE
    assert report.event_type is EventType.SEVERE_WEATHER
    assert report.onset == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert report.valid_until == datetime(2026, 11, 21, 17, tzinfo=UTC)
    assert report.keys == ("cap:2.49.0.0.999.B",)  # as its own service calls it
    assert "Zones: EMMA_ID:XX001" in report.description
    assert one(alert(info("xx"))).title == "Storm (xx): Northland"


@pytest.mark.parametrize("text", [alert(info(level="1; green; Minor")), alert(info(), status="Test")])
def test_green_warnings_and_tests_are_no_hazards(text: str) -> None:
    assert read(MeteoAlarm(), text) == ([], [])


def test_an_update_belongs_to_the_first_warning_that_it_replaces() -> None:
    earlier = "x@y,ID-2,2026-11-21T05:00:00+00:00 x@y,ID-1,2026-11-21T06:00:00+02:00"
    report = one(alert(info(), msgType="Update", references=earlier))
    assert report.source_event_id == "ID-1"
    assert report.also_ids == ("ID-2", "2.49.0.0.999.B.MUL")


def test_an_all_clear_and_a_cancellation_end_when_they_are_sent() -> None:
    for report in (one(alert(info(responseType=["AllClear"]))), one(alert(info(), msgType="Cancel"))):
        assert report.valid_until == report.updated_at == datetime(2026, 11, 21, 7, tzinfo=UTC)


def test_polygons_give_a_position() -> None:
    square = "50,10 50,12 52,12 52,10 50,10"
    for polygon in (square, [square]):
        report = one(alert(info(area=[{"areaDesc": "A", "polygon": polygon}])))
        assert report.lon == pytest.approx(11)
        assert report.lat == pytest.approx(51)


def test_a_warning_that_says_nothing_or_refers_badly_is_rejected() -> None:
    for text, field in ((alert(), "info"), (alert(info(), references="ID-1"), "references")):
        reports, [reject] = read(MeteoAlarm(), text)
        assert not reports
        assert reject.reason.startswith(field)


def test_each_country_is_asked() -> None:
    addresses = MeteoAlarm().addresses(NOW)
    assert len(set(addresses)) == len(addresses) == 39


def test_recordings_are_read_whole(samples: Path) -> None:
    found = counts(MeteoAlarm(), samples, "meteoalarm")  # one test; all of the Netherlands are green
    assert found == {"meteoalarm_de.json": (3, 0), "meteoalarm_netherlands.json": (0, 0)}
