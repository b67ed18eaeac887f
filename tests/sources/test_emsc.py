from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recordings import RECEIVED, counts, payload, read

from terraloom.records import EventType, ReportStatus
from terraloom.sources.seismology.emsc import EmscEarthquakes, EmscRss

SOURCE, RSS = EmscEarthquakes(), EmscRss()


def answer(*changes: dict[str, Any]) -> str:
    stated = {
        "source_id": "1800270",
        "lastupdate": "2026-04-26T13:48:47.302931Z",
        "time": "2026-04-26T12:59:28.0Z",
        "flynn_region": "CRETE, GREECE",
        "lat": 35.07,
        "lon": 25.29,
        "depth": 15.0,
        "evtype": "ke",
        "mag": 2.6,
        "magtype": "ml",
        "unid": "20260426_0000198",
    }
    point = {"type": "Point", "coordinates": [25.29, 35.07, -15.0]}
    features = [
        {"type": "Feature", "geometry": point, "id": "x", "properties": stated | one} for one in changes
    ]
    return json.dumps(
        {"type": "FeatureCollection", "metadata": {"count": len(features)}, "features": features}
    )


def test_depth_is_taken_from_the_properties_where_it_is_positive_down() -> None:
    assert SOURCE.recognises(payload(answer({})))
    [report], rejects = read(SOURCE, answer({}))
    assert not rejects
    assert (report.depth_km, report.source_event_id) == (15.0, "20260426_0000198")
    assert report.title == "M 2.6 - CRETE, GREECE"
    assert report.updated_at.microsecond == 302931


@pytest.mark.parametrize(
    ("code", "expected"),
    [("ke", EventType.EARTHQUAKE), ("se", EventType.EARTHQUAKE), ("ki", EventType.EARTHQUAKE)]
    + [
        ("kh", EventType.OTHER),
        ("sm", EventType.OTHER),
        ("kl", EventType.LANDSLIDE),
        (None, EventType.EARTHQUAKE),
    ],
)
def test_isc_codes_tell_what_shook(code: str | None, expected: EventType) -> None:
    [report], _ = read(SOURCE, answer({"evtype": code}))
    assert report.event_type is expected


@pytest.mark.parametrize(
    ("change", "field"),
    [({"lat": 91}, "lat"), ({"lon": None}, "lon"), ({"time": "28.0Z"}, "time"), ({"unid": ""}, "unid")],
)
def test_a_bad_feature_costs_only_itself(change: dict[str, Any], field: str) -> None:
    reports, [reject] = read(SOURCE, answer({}, change, {"lastupdate": None}))
    assert [report.updated_at == RECEIVED for report in reports] == [False, True]
    assert field in reject.reason


def rss(*items: str) -> str:
    head = '<rss version="2.0" xmlns:geo="http://www.w3.org/2003/01/geo/" xmlns:emsc="https://www.emsc-csem.org">'
    return f'<?xml version="1.0" encoding="UTF-8" ?>{head}<channel>{"".join(items)}</channel></rss>'


def item(magnitude: str = "ML 1.2", depth: str = "13  ", lat: str = "45.65") -> str:
    return (
        f"<item><title>{magnitude}  CROATIA</title>"
        "<link>https://www.emsc-csem.org/Earthquake/earthquake.php?id=1800270</link>"
        f"<geo:lat>{lat}</geo:lat><geo:long>15.52</geo:long><emsc:depth>{depth}</emsc:depth>"
        f"<emsc:magnitude>{magnitude}</emsc:magnitude><emsc:time>2026-12-30 21:37:51 UTC</emsc:time>"
        "<pubDate>Wed, 30 Dec 2026 21:41:00 +0000</pubDate><status>REVIEWED</status></item>"
    )


def test_rss_and_json_number_an_event_alike() -> None:
    assert RSS.recognises(payload(rss()))
    assert not SOURCE.recognises(payload(rss()))
    [in_rss], _ = read(RSS, rss(item()))
    [in_json], _ = read(SOURCE, answer({}))
    assert in_rss.source_event_id in in_json.also_ids
    assert in_rss.agency == in_json.agency


def test_a_fixed_depth_is_a_depth() -> None:
    [report], _ = read(RSS, rss(item(depth="10 f")))
    assert (report.depth_km, report.status) == (10.0, ReportStatus.REVIEWED)
    assert (report.magnitude_type, report.magnitude, report.position_error_km) == ("ML", 1.2, 0.5)


def test_a_bad_item_costs_only_itself() -> None:
    reports, [reject] = read(RSS, rss(item(), item(lat="inf"), item()))
    assert len(reports) == 2
    assert "lat: got 'inf'" in reject.reason


def test_every_recording_is_read_whole(samples: Path) -> None:
    assert counts(SOURCE, samples, "emsc") == {"fdsn_query_2025-04-26.json": (430, 0)}
    assert counts(RSS, samples, "emsc") == {"emsc_csem_rss_2021.xml": (50, 0)}
    assert counts(SOURCE, samples, "fdsn-misc") == {"neries_events_quakeml.xml": (3, 0)}
