"""NWS alerts, as GeoJSON and as CAP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from terraloom.records import EventType, HazardReport, Payload, Reject, ReportStatus, Severity
from terraloom.sources import source

SQUARE = {"type": "Polygon", "coordinates": [[[-110, 40], [-108, 40], [-108, 42], [-110, 42], [-110, 40]]]}
NEW = "/O.NEW.KGJT.FF.W.0095.260822T1952Z-260822T2245Z/"
CON = "/O.CON.KGJT.FF.W.0095.000000T0000Z-260822T2245Z/"
FIRST = {"identifier": "urn:oid:1", "sent": "2026-08-22T13:52:00-06:00"}


def alert(geometry: dict[str, Any] | None = None, vtec: str = NEW, **said: Any) -> dict[str, Any]:
    usual = {
        "id": "urn:oid:1",
        "event": "Flash Flood Warning",
        "status": "Actual",
        "messageType": "Alert",
        "severity": "Severe",
        "sent": "2026-08-22T13:52:00-06:00",
        "onset": "2026-08-22T13:52:00-06:00",
        "expires": "2026-08-22T16:45:00-06:00",
        "ends": "2026-08-22T16:45:00-06:00",
        "headline": "Flash Flood Warning",
        "areaDesc": "San Miguel, CO",
        "geocode": {"UGC": ["COC113"], "SAME": ["008113"]},
        "parameters": {"VTEC": [vtec]} if vtec else {},
        "references": [],
    }
    return {"type": "Feature", "geometry": geometry, "properties": usual | said}


def update(**said: Any) -> dict[str, Any]:
    later = {"id": "urn:oid:2", "sent": "2026-08-22T15:00:00-06:00", "references": [FIRST]}
    return alert(**({"vtec": CON, "messageType": "Update"} | later | said))


def parse(*features: dict[str, Any], bare: bool = False) -> list[HazardReport | Reject]:
    body = json.dumps(
        features if bare else {"t": 1, "type": "FeatureCollection", "features": features}
    ).encode()
    payload = Payload(source="x", url="", fetched_at=datetime(2026, 8, 22, tzinfo=UTC), body=body)
    return list(source("nws-alerts").parse(payload))


def only(*features: dict[str, Any], bare: bool = False) -> HazardReport:
    (found,) = parse(*features, bare=bare)
    assert isinstance(found, HazardReport), found
    return found


def test_a_polygon_is_kept_and_its_middle_is_the_position() -> None:
    report = only(alert(SQUARE))
    assert report.geometry == SQUARE
    assert (report.lon, report.lat) == pytest.approx((-109, 41))


def test_an_alert_without_a_polygon_has_its_zones_instead_of_a_position() -> None:
    report = only(alert())
    assert (report.lon, report.lat, report.geometry) == (None, None, None)
    assert "UGC:COC113" in report.description
    assert "SAME:008113" in report.description


def test_an_update_keeps_the_id_and_the_onset() -> None:
    first, second = only(alert()), only(update())
    assert first.source_event_id == second.source_event_id == "KGJT.FF.W.0095.2026"
    assert second.keys == ("vtec:KGJT.FF.W.0095.2026",)
    assert second.also_ids == ("urn:oid:1", "urn:oid:2")
    assert first.onset == second.onset == datetime(2026, 8, 22, 19, 52, tzinfo=UTC)
    assert second.updated_at > first.updated_at


def test_the_year_of_a_vtec_event_is_that_of_its_first_alert() -> None:
    december = {"identifier": "urn:oid:1", "sent": "2025-12-30T12:00:00-06:00"}
    assert only(update(references=[december])).source_event_id.endswith(".2025")


def test_without_vtec_the_first_alert_of_the_chain_is_the_id() -> None:
    report = only(
        update(vtec="", references=[{"identifier": "b", "sent": "2026-08-22T14:00:00-06:00"}, FIRST])
    )
    assert report.source_event_id == "urn:oid:1"
    assert report.also_ids == ("b", "urn:oid:2")
    assert report.keys == ()


def test_segments_of_one_hazard_are_one_report() -> None:
    report = only(alert(SQUARE), alert(SQUARE, id="urn:oid:1b", areaDesc="Ouray, CO"))
    assert report.geometry is not None
    assert report.geometry["type"] == "MultiPolygon"
    assert "San Miguel, CO; Ouray, CO" in report.description
    assert report.also_ids == ("urn:oid:1", "urn:oid:1b")


def test_a_cancellation_ends_the_alert_and_does_not_undo_it() -> None:
    report = only(update(messageType="Cancel"))
    assert report.status is ReportStatus.AUTOMATIC
    assert report.valid_until == datetime(2026, 8, 22, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    "said", [{"status": "Test"}, {"status": "Exercise"}, {"vtec": NEW.replace("/O.", "/T.")}]
)
def test_tests_and_exercises_are_no_hazards(said: dict[str, Any]) -> None:
    assert parse(alert(**said)) == []


@pytest.mark.parametrize(
    ("event", "vtec", "kind"),
    [
        ("Flash Flood Warning", NEW, EventType.FLOOD),
        ("Hurricane Warning", NEW.replace(".FF.", ".HU."), EventType.SEVERE_WEATHER),
        ("Red Flag Warning", NEW.replace(".FF.", ".FW."), EventType.SEVERE_WEATHER),
        ("Tsunami Warning", NEW.replace(".FF.", ".TS."), EventType.TSUNAMI),
        ("Fire Warning", "", EventType.WILDFIRE),
        ("Special Weather Statement", "", EventType.SEVERE_WEATHER),
        ("Air Quality Alert", "", EventType.OTHER),
    ],
)
def test_products_are_hazards(event: str, vtec: str, kind: EventType) -> None:
    assert only(alert(event=event, vtec=vtec)).event_type is kind


@pytest.mark.parametrize(
    "said",
    [
        {"sent": "date:now -44 seconds"},
        {"severity": "Horrible"},
        {"status": "Perhaps"},
        {"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [0, "x"]]]}},
        {"geometry": {"type": "Polygon", "coordinates": 7}},
        {"references": [{"identifier": "a", "sent": "once"}]},
    ],
)
def test_a_wrong_alert_costs_only_itself(said: dict[str, Any]) -> None:
    found = parse(alert(**said), alert())
    assert [type(one) for one in found] == [Reject, HazardReport]


def test_a_bare_array_is_read_too() -> None:
    assert only(alert(), bare=True).severity_level is Severity.ORANGE


def test_a_polygon_across_the_antimeridian_has_its_middle_there() -> None:
    ring = [[179, 50], [-179, 50], [-179, 52], [179, 52], [179, 50]]
    report = only(alert({"type": "Polygon", "coordinates": [ring]}))
    assert report.lon is not None
    assert abs(report.lon) == pytest.approx(180)


CAP = """<?xml version="1.0"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>urn:oid:2</identifier><sender>w-nws@noaa.gov</sender><sent>2026-08-22T15:00:00-06:00</sent>
<status>{status}</status><msgType>Update</msgType>
<references>w-nws@noaa.gov,urn:oid:1,2026-08-22T13:52:00-06:00</references>
<info><event>Flash Flood Warning</event><severity>Severe</severity>
<expires>2026-08-22T16:45:00-06:00</expires>
<headline>Flash Flood Warning</headline>
<parameter><valueName>VTEC</valueName><value>{vtec}</value></parameter>
<area><areaDesc>San Miguel, CO</areaDesc><polygon>40,-110 40,-108 42,-108 42,-110 40,-110</polygon>
<geocode><valueName>UGC</valueName><value>COC113</value></geocode></area></info></alert>"""


def parse_cap(body: str) -> list[HazardReport | Reject]:
    payload = Payload(source="x", url="", fetched_at=datetime(2026, 8, 22, tzinfo=UTC), body=body.encode())
    return list(source("nws-cap").parse(payload))


def test_cap_says_the_same_as_geojson() -> None:
    (said,) = parse_cap(CAP.format(status="Actual", vtec=CON))
    assert isinstance(said, HazardReport)
    same = only(update(geometry=SQUARE))
    for name in ("source_event_id", "also_ids", "keys", "onset", "updated_at", "valid_until", "lon", "lat"):
        assert getattr(said, name) == getattr(same, name)


def test_cap_tests_give_nothing_and_wrong_ones_a_reject() -> None:
    assert parse_cap(CAP.format(status="Test", vtec=CON)) == []
    (reject,) = parse_cap(CAP.format(status="Actual", vtec=CON).replace("40,-108", "north"))
    assert isinstance(reject, Reject)


def test_an_atom_feed_of_alerts_is_read() -> None:
    entry = CAP.split("?>", 1)[1].format(status="Actual", vtec=CON).replace("alert", "entry")
    (report,) = parse_cap(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>')
    assert isinstance(report, HazardReport)


def test_no_id_of_the_recordings_belongs_to_two_hazards(samples: Path) -> None:
    owners: dict[str, set[str]] = {}
    for path in sorted((samples / "nws-alerts").glob("active_*.json")):
        payload = Payload(
            source="x", url="", fetched_at=datetime(2026, 8, 23, tzinfo=UTC), body=path.read_bytes()
        )
        for report in source("nws-alerts").parse(payload):
            assert isinstance(report, HazardReport)
            for known in report.also_ids:
                owners.setdefault(known, set()).add(report.source_event_id)
    assert owners
    assert all(len(events) == 1 for events in owners.values())
