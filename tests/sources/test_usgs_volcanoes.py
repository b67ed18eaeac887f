import json
from datetime import UTC, datetime

from recordings import RECEIVED, read

from terraloom.records import Severity
from terraloom.sources.volcanoes.usgs_volcanoes import UsgsVolcanoes

STATUS = {
    "vName": "Example",
    "lat": 55.25,
    "long": -162.5,
    "vnum": "312999",
    "noticeId": "DOI-USGS-AVO-2026-11-20T18:04:33+00:00",
    "noticeSynopsis": "AVO Example ORANGE/WATCH -\n lava goes on.",
    "alertLevel": "WATCH",
    "colorCode": "ORANGE",
    "alertDate": "2026-11-20 19:14:39",
}
HANS = {
    "volcano_name": "Example",
    "vnum": 312999,
    "notice_identifier": "DOI-USGS-AVO-2026-11-20T18:04:33+00:00",
    "sent_utc": "2026-11-20 19:14:39",
    "color_code": "YELLOW",
    "alert_level": "ADVISORY",
}


def test_level_colour_place_and_time_of_the_newest_notice() -> None:
    [report], _ = read(UsgsVolcanoes(), json.dumps([STATUS]))
    assert report.title == "Example: alert level WATCH, aviation colour ORANGE"
    assert (report.lon, report.lat, report.severity_level) == (-162.5, 55.25, Severity.ORANGE)
    assert report.updated_at == datetime(2026, 11, 20, 19, 14, 39, tzinfo=UTC)
    assert report.keys == ("gvp:312999",)
    assert report.valid_until is None
    assert report.measurements[0].value == 2


def test_the_lists_of_hans_are_the_same_volcanoes_without_a_place() -> None:
    [report], _ = read(UsgsVolcanoes(), json.dumps([HANS]))
    assert (report.source_event_id, report.lon) == ("312999", None)
    assert report.severity_level is Severity.YELLOW


def test_back_to_normal_ends_and_unassigned_is_no_report() -> None:
    normal = STATUS | {"alertLevel": "NORMAL", "colorCode": "GREEN", "alertDate": None}
    unwatched = STATUS | {"alertLevel": "UNASSIGNED", "colorCode": "UNASSIGNED"}
    [report], rejects = read(UsgsVolcanoes(), json.dumps([normal, unwatched]))
    assert not rejects
    assert report.valid_until == report.updated_at == datetime(2026, 11, 20, 18, 4, 33, tzinfo=UTC)
    [bare], _ = read(UsgsVolcanoes(), json.dumps([normal | {"noticeId": None}]))
    assert bare.updated_at == RECEIVED


def test_a_level_that_nobody_knows_is_rejected() -> None:
    reports, rejects = read(UsgsVolcanoes(), json.dumps([STATUS | {"alertLevel": "PANIC"}, HANS]))
    assert len(reports) == 1
    assert rejects[0].reason == (
        "alertLevel: got 'PANIC', expected one of NORMAL, ADVISORY, WATCH, WARNING, UNASSIGNED"
    )
