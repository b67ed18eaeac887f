"""GDACS GeoJSON list."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from terraloom.records import HazardReport, Payload, Reject
from terraloom.sources import source

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}


def feature(kind: str, geometry: dict[str, Any], *, index: int = 0, **said: str) -> dict[str, Any]:
    link = "https://www.gdacs.org/report.aspx?eventtype=WF&eventid=1028685&episodeid=8"
    usual = {
        "name": "Forest fire in Australia",
        "link": link,
        "featureIndex": str(index),
        "alertlevel": "Green",
        "eventtype": "WF",
        "eventname": "",
        "fromdate": "16 May 2026 00:00:00",
        "todate": "23 May 2026 00:00:00",
        "severity": "7261",
        "Class": kind,
    }
    return {"type": "Feature", "id": "x", "properties": usual | said, "geometry": geometry}


def centroid(**said: str) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [123.4, -19.7]}
    return feature("Point_Centroid", point, **({"eventid": "1028685", "episodeid": "8"} | said))


def parse(*features: dict[str, Any]) -> list[HazardReport | Reject]:
    body = json.dumps({"type": "FeatureCollection", "metadata": {}, "features": features}).encode()
    fetched = datetime(2026, 5, 24, tzinfo=UTC)
    return list(source("gdacs-events").parse(Payload(source="x", url="", fetched_at=fetched, body=body)))


def test_one_report_per_event_with_its_polygon() -> None:
    (report,) = parse(centroid(), feature("Poly_Global", {}), feature("Poly_area", SQUARE))
    assert isinstance(report, HazardReport)
    assert report.source_event_id == "WF1028685"
    assert report.geometry == SQUARE
    assert ("burned_area", 7261.0, "har") in [(m.name, m.value, m.unit) for m in report.measurements]


def test_a_later_episode_of_the_same_day_is_newer() -> None:
    first, second = parse(centroid(episodeid="8"), centroid(episodeid="9"))
    assert isinstance(first, HazardReport)
    assert isinstance(second, HazardReport)
    assert first.updated_at < second.updated_at
    assert second.updated_at.replace(microsecond=0) == datetime(2026, 5, 23, tzinfo=UTC)


def test_the_fragment_is_the_centroid_feature() -> None:
    (report,) = parse(centroid())
    assert isinstance(report, HazardReport)
    assert json.loads(report.fragment) == centroid()


def test_an_unreadable_polygon_does_not_take_its_event_along() -> None:
    report, reject = parse(centroid(), feature("Poly_area", SQUARE, todate=5))  # type: ignore[arg-type]
    assert isinstance(report, HazardReport)
    assert isinstance(reject, Reject)


def test_successive_polls_name_the_same_events(samples: Path) -> None:
    found: list[set[str]] = []
    for path in sorted((samples / "gdacs").glob("*.geojson")):
        payload = Payload(
            source="x", url="", fetched_at=datetime(2026, 5, 27, tzinfo=UTC), body=path.read_bytes()
        )
        reports = list(source("gdacs-events").parse(payload))
        assert all(isinstance(one, HazardReport) for one in reports)
        found.append({one.source_event_id for one in reports if isinstance(one, HazardReport)})
    assert [len(ids) for ids in found] == [25, 36]
    assert found[0] & found[1]
