from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recordings import RECEIVED, counts, payload, read, recorded

from terraloom.records import EventType, ReportStatus
from terraloom.sources.seismology.geonet import GeonetEarthquakes
from terraloom.sources.volcanoes.geonet_volcanoes import GeonetVolcanoes

QUAKES, VOLCANOES = GeonetEarthquakes(), GeonetVolcanoes()


def collection(*stated: dict[str, Any], point: tuple[float, float] = (178.25, -38.08)) -> str:
    geometry = {"type": "Point", "coordinates": point}
    features = [{"type": "Feature", "geometry": geometry, "properties": one} for one in stated]
    return json.dumps({"type": "FeatureCollection", "features": features})


def quake(**changes: Any) -> dict[str, Any]:
    stated = {
        "publicID": "2026p159004",
        "time": "2026-02-28T19:55:40.786Z",
        "depth": 33.2,
        "magnitude": 5.02,
        "mmi": 6,
        "locality": "5 km north-west of Tokomaru Bay",
        "quality": "best",
    }
    return stated | changes


def test_a_quake_becomes_a_report() -> None:
    assert QUAKES.recognises(payload(collection(quake())))
    [report], rejects = read(QUAKES, collection(quake()))
    assert not rejects
    assert (report.agency, report.source_event_id, report.depth_km) == ("geonet", "2026p159004", 33.2)
    assert (report.lon, report.lat, report.updated_at) == (178.25, -38.08, RECEIVED)
    assert [(m.name, m.value) for m in report.measurements] == [("max_mmi", 6.0)]


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        ("best", ReportStatus.REVIEWED),
        ("preliminary", ReportStatus.AUTOMATIC),
        ("deleted", ReportStatus.DELETED),
        ("novel", ReportStatus.AUTOMATIC),
    ],
)
def test_quality_tells_the_status(quality: str, expected: ReportStatus) -> None:
    [report], _ = read(QUAKES, collection(quake(quality=quality)))
    assert report.status is expected


def test_shaking_too_small_to_work_out_is_no_measurement() -> None:
    [report], _ = read(QUAKES, collection(quake(mmi=-1)))
    assert report.measurements == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [({"time": "soon"}, "time"), ({"magnitude": None}, "magnitude"), ({"publicID": ""}, "publicID")],
)
def test_a_bad_quake_costs_only_itself(change: dict[str, Any], field: str) -> None:
    reports, [reject] = read(QUAKES, collection(quake(), quake(**change), quake()))
    assert len(reports) == 2
    assert field in reject.reason


SEISCOMP = """<?xml version="1.0"?>
<seiscomp xmlns="http://geofon.gfz-potsdam.de/ns/seiscomp3-schema/0.13" version="0.13">
<EventParameters><origin publicID="o1"><time><value>2026-05-07T08:24:09.85Z</value></time>
<latitude><value>-38.6</value></latitude><longitude><value>176.2</value></longitude>
<depth><value>5.1</value></depth>
<magnitude publicID="o1/M"><magnitude><value>1.4</value></magnitude><type>M</type></magnitude></origin>
<event publicID="2026p344188"><preferredOriginID>o1</preferredOriginID>
<preferredMagnitudeID>o1/M</preferredMagnitudeID>
<type>{kind}</type><creationInfo><creationTime>2026-05-07T08:24:40Z</creationTime>
<modificationTime>2026-05-07T22:58:22Z</modificationTime></creationInfo></event></EventParameters></seiscomp>"""


def test_seiscomp_lengths_are_kilometres_and_changes_are_dated() -> None:
    body = SEISCOMP.format(kind="earthquake")
    assert QUAKES.recognises(payload(body))
    [report], _ = read(QUAKES, body)
    assert (report.depth_km, report.magnitude, report.source_event_id) == (5.1, 1.4, "2026p344188")
    assert report.updated_at.isoformat() == "2026-05-07T22:58:22+00:00"


def test_seiscomp_takes_duplicates_back_and_refuses_lost_origins() -> None:
    [report], _ = read(QUAKES, SEISCOMP.format(kind="duplicate"))
    assert report.status is ReportStatus.DELETED
    reports, [reject] = read(
        QUAKES, SEISCOMP.format(kind="x").replace('origin publicID="o1"', 'origin publicID="o2"')
    )
    assert (reports, "preferredOriginID" in reject.reason) == ([], True)


def volcano(**changes: Any) -> dict[str, Any]:
    stated = {
        "volcanoID": "whiteisland",
        "volcanoTitle": "White Island",
        "level": 2,
        "activity": "Unrest.",
        "hazards": "",
    }
    return stated | changes


def test_a_volcano_reports_its_alert_level() -> None:
    assert VOLCANOES.recognises(payload(collection(volcano())))
    assert not QUAKES.recognises(payload(collection(volcano())))
    [unrest, quiet], _ = read(VOLCANOES, collection(volcano(), volcano(volcanoID="taupo", level=0)))
    assert (unrest.event_type, unrest.source_event_id) == (EventType.VOLCANO, "whiteisland")
    assert (unrest.measurements[0].value, unrest.valid_until) == (2.0, None)
    assert quiet.valid_until == quiet.onset == RECEIVED


@pytest.mark.parametrize("change", [{"level": 6}, {"level": "2"}, {"volcanoID": ""}])
def test_a_bad_volcano_costs_only_itself(change: dict[str, Any]) -> None:
    reports, rejects = read(VOLCANOES, collection(volcano(), volcano(**change)))
    assert (len(reports), len(rejects)) == (1, 1)


def test_every_recording_is_read_whole(samples: Path) -> None:
    assert counts(QUAKES, samples, "geonet") == {
        "quake_mmi-1.json": (94, 0),
        "quake_mmi4.json": (88, 0),
        "quake_mmi6.json": (1, 0),
        "seiscomp_2024p344188_0.13.xml": (1, 0),
        "seiscomp_2801727_0.6.xml": (1, 0),
    }
    assert counts(VOLCANOES, samples, "geonet") == {"volcano_val.json": (12, 0)}


def test_recorded_seiscomp_depths_are_those_of_the_crust(samples: Path) -> None:
    files = dict(recorded(samples, "geonet"))
    found = [read(QUAKES, files[name])[0][0].depth_km for name in files if name.startswith("seiscomp")]
    assert found == [pytest.approx(5.116, abs=0.001), 10.0]
