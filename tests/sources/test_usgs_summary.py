from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recordings import counts, payload, read, recorded

from terraloom.records import EventType, ReportStatus, Severity
from terraloom.sources.seismology.usgs_summary import (
    UsgsEarthquakesDay,
    UsgsEarthquakesHour,
    UsgsEarthquakesWeek,
)

HOUR = UsgsEarthquakesHour()


def feature(**changes: Any) -> dict[str, Any]:
    """One feature as the feed writes it; `lon`, `lat`, `depth` and `id` stand outside of the properties."""
    point = [changes.pop("lon", 27.5), changes.pop("lat", 38.25), changes.pop("depth", 7.0)]
    properties = {
        "mag": 4.5,
        "place": "3 km N of Somewhere",
        "time": 1790000000123,
        "updated": 1790000600000,
        "url": "https://earthquake.usgs.gov/earthquakes/eventpage/us7000abcd",
        "alert": None,
        "status": "reviewed",
        "net": "us",
        "ids": ",us7000abcd,ci123,",
        "magType": "mb",
        "type": "earthquake",
        "title": "M 4.5 - 3 km N of Somewhere",
    }
    found = {"type": "Feature", "id": changes.pop("id", "us7000abcd"), "properties": properties | changes}
    return found | {"geometry": {"type": "Point", "coordinates": point}}


def feed(*features: Any, name: str = "all_hour") -> str:
    url = f"https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/{name}.geojson"
    metadata = {"generated": 1790000700000, "url": url, "title": "USGS", "status": 200, "api": "2.0.1"}
    return json.dumps({"type": "FeatureCollection", "metadata": metadata, "features": list(features)})


def test_a_feature_becomes_a_report() -> None:
    [report], rejects = read(HOUR, feed(feature(felt=12, mmi=3.4, alert="yellow")))
    assert not rejects
    assert (report.agency, report.source_event_id, report.also_ids) == ("usgs", "us7000abcd", ("ci123",))
    assert (report.lon, report.lat, report.depth_km, report.magnitude) == (27.5, 38.25, 7.0, 4.5)
    assert report.onset.isoformat() == "2026-09-21T14:13:20.123000+00:00"
    assert (report.severity_level, report.status) == (Severity.YELLOW, ReportStatus.REVIEWED)
    assert {m.name: m.value for m in report.measurements} == {"max_mmi": 3.4, "felt_reports": 12}
    assert json.loads(report.fragment)["id"] == "us7000abcd"


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("earthquake", EventType.EARTHQUAKE),
        ("quarry blast", EventType.OTHER),
        ("quarry_blast", EventType.OTHER),
        ("ice quake", EventType.OTHER),
        ("explosion", EventType.OTHER),
        ("volcanic eruption", EventType.VOLCANO),
        ("landslide", EventType.LANDSLIDE),
    ],
)
def test_what_is_no_earthquake_is_told_apart_and_named(stated: str, expected: EventType) -> None:
    [report], _ = read(HOUR, feed(feature(type=stated)))
    assert report.event_type is expected
    assert expected is EventType.EARTHQUAKE or stated.replace("_", " ") in report.title


def test_old_feeds_without_title_or_with_shouted_status_are_read() -> None:
    old = feature(status="REVIEWED", magType="Ml", tsunami=None, mag=-0.3, depth=-1.2, time=-1000)
    del old["properties"]["title"]
    [report], _ = read(HOUR, feed(old))
    assert (report.title, report.status) == ("M -0.3 - 3 km N of Somewhere", ReportStatus.REVIEWED)
    assert report.onset.year == 1969


def test_jsonp_is_read_as_the_feed_within() -> None:
    body = f"eqfeed_callback({feed(feature(), name='2.5_day')});"
    assert UsgsEarthquakesDay().recognises(payload(body))
    assert len(read(UsgsEarthquakesDay(), body)[0]) == 1


def test_a_copy_without_ids_takes_them_from_the_link() -> None:
    bare = feature(ids=None)
    del bare["id"]
    [report], _ = read(HOUR, feed(bare))
    assert report.source_event_id == "us7000abcd"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lat": 90.5}, "coordinates"),
        ({"lon": 190.0}, "coordinates"),
        ({"lon": "27.5"}, "coordinates"),
        ({"lat": None}, "latitude"),
        ({"time": None}, "properties.time"),
        ({"time": 1e300}, "properties.time"),
        ({"id": "", "url": None}, "id: got"),
        ({"mag": "4.5"}, "properties.mag"),
    ],
)
def test_an_impossible_value_costs_only_its_record(changes: dict[str, Any], reason: str) -> None:
    reports, [reject] = read(HOUR, feed(feature(id="a1"), feature(**changes), feature(id="a2")))
    assert [report.source_event_id for report in reports] == ["a1", "a2"]
    assert reject.where == "record 1"
    assert reason in reject.reason


def test_nan_costs_only_its_record_and_is_shown() -> None:
    body = feed(feature(id="a1"), feature(mag=float("nan")), feature(depth=float("inf")), feature(id="a2"))
    reports, rejects = read(HOUR, body)
    assert [report.source_event_id for report in reports] == ["a1", "a2"]
    assert "NaN" in rejects[0].reason
    assert "Infinity" in rejects[1].reason


def test_bytes_that_are_no_utf_8_cost_only_their_record() -> None:
    body = (
        feed(feature(id="a1"), feature(place="caf?"), feature(id="a2")).encode().replace(b"caf?", b"caf\xe9")
    )
    reports, [reject] = read(HOUR, body)
    assert ([report.source_event_id for report in reports], reject.where) == (["a1", "a2"], "record 1")


def test_a_cut_feed_keeps_its_whole_records() -> None:
    body = feed(feature(id="a1"), feature(id="a2"))
    reports, [reject] = read(HOUR, body[: body.rindex("status")])
    assert [report.source_event_id for report in reports] == ["a1"]
    assert (reject.where, "ends early" in reject.reason) == ("after record 0", True)


@pytest.mark.parametrize("body", ["", "<html>busy</html>", "[]", '{"features": {}}', "\x00" * 50])
def test_what_is_no_feed_is_one_reject(body: str) -> None:
    reports, [reject] = read(HOUR, body)
    assert (reports, reject.where) == ([], "payload")


def test_markup_in_a_title_stays_text() -> None:
    [report], _ = read(HOUR, feed(feature(title="<script>alert(1)</script>")))
    assert report.title == "<script>alert(1)</script>"


CSV_HEAD = (
    "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,horizontalError"
)
CSV_ROW = (
    '2026-05-01T22:36:58.340Z,38.75,-122.7,1.45,0.9,md,8,,0.01,0.06,nc,nc1,2026-05-01T22:38:40Z,"5 km, E",{}'
)


def test_the_csv_variant_is_read_by_header() -> None:
    body = "\n".join(
        [CSV_HEAD, CSV_ROW.format("earthquake,0.72"), CSV_ROW.format("quarry blast,"), "short,row"]
    )
    source = UsgsEarthquakesWeek()
    assert source.recognises(payload(body))
    [quake, blast], [reject] = read(source, body)
    assert (quake.description, quake.position_error_km, quake.lon) == ("5 km, E", 0.72, -122.7)
    assert (blast.event_type, blast.title) == (EventType.OTHER, "M 0.9 quarry blast - 5 km, E")
    assert "16 columns" in reject.reason


def test_times_on_the_whole_minute_are_taken_as_cut_to_it() -> None:
    [cut, full], _ = read(HOUR, feed(feature(time=-5_000_040_000_000), feature()))
    assert (cut.time_resolution_s, full.time_resolution_s) == (60.0, 1.0)


def test_every_recorded_feed_is_read_whole(samples: Path) -> None:
    sources = (HOUR, UsgsEarthquakesDay(), UsgsEarthquakesWeek())
    found = [counts(source, samples, "usgs-earthquakes") for source in sources]
    assert [len(files) for files in found] == [2, 10, 10]
    assert all(rejects == 0 for files in found for _, rejects in files.values())
    assert found[2]["summary_all_week_20140415T121404Z.geojson"] == (1513, 0)
    projected = counts(UsgsEarthquakesDay(), samples, "usgs-earthquakes-polls-projected")
    assert sum(reports for reports, _ in projected.values()) == 1284


def test_two_quakes_of_one_network_may_share_a_foreign_id(samples: Path) -> None:
    files = dict(recorded(samples, "usgs-earthquakes"))
    reports, _ = read(UsgsEarthquakesWeek(), files["summary_all_week_20140415T121404Z.geojson"])
    sharing = [report.source_event_id for report in reports if "at00n3rz0w" in report.also_ids]
    assert sorted(sharing) == ["pr14099000", "pr14099004"]
