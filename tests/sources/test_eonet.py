"""NASA EONET, versions 3 and 2.1."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from made import START, payload, planet
from terraloom.records import EventType, HazardReport, Payload, Reject
from terraloom.sources import source
from terraloom.universe.feeds.eonet import HOST

PLACES = [
    {"date": "2019-07-31T06:00:00Z", "type": "Point", "coordinates": [112.4, 19.5]},
    {"date": "2019-07-31T00:00:00Z", "type": "Point", "coordinates": [112.2, 19.4]},
]


def event(**said: Any) -> dict[str, Any]:
    usual = {
        "id": "EONET_1",
        "title": "Tropical Storm Example",
        "description": None,
        "link": "https://eonet.gsfc.nasa.gov/api/v3/events/EONET_1",
        "closed": None,
        "categories": [{"id": "severeStorms", "title": "Severe Storms"}],
        "sources": [],
        "geometry": PLACES,
    }
    return usual | said


def parse(*events: dict[str, Any]) -> list[HazardReport | Reject]:
    body = json.dumps({"title": "EONET Events", "events": events}).encode()
    fetched = datetime(2019, 8, 1, tzinfo=UTC)
    return list(source("eonet-events").parse(Payload(source="x", url="", fetched_at=fetched, body=body)))


def only(**said: Any) -> HazardReport:
    (found,) = parse(event(**said))
    assert isinstance(found, HazardReport), found
    return found


def test_a_track_is_reported_at_its_latest_place() -> None:
    report = only()
    assert (report.lon, report.lat) == (112.4, 19.5)
    assert report.onset == report.updated_at == datetime(2019, 7, 31, 6, tzinfo=UTC)
    assert report.geometry == {"type": "LineString", "coordinates": [(112.2, 19.4), (112.4, 19.5)]}


def features(**said: Any) -> list[dict[str, Any]]:
    """An event as GeoJSON tells it: a feature for each place."""
    told = event(**said)
    return [
        {
            "type": "Feature",
            "properties": {key: value for key, value in told.items() if key != "geometry"}
            | {"date": place["date"], "magnitudeValue": place.get("magnitudeValue"), "magnitudeUnit": "kts"},
            "geometry": {"type": place["type"], "coordinates": place["coordinates"]},
        }
        for place in told["geometry"]
    ]


def parse_geojson(*said: dict[str, Any]) -> list[HazardReport | Reject]:
    body = json.dumps({"type": "FeatureCollection", "features": said}).encode()
    sent = Payload(source="x", url="", fetched_at=datetime(2019, 8, 1, tzinfo=UTC), body=body)
    assert source("eonet-events").recognises(sent)
    return list(source("eonet-events").parse(sent))


def test_geojson_says_the_same_as_the_list() -> None:
    storm = {"geometry": [PLACES[0] | {"magnitudeValue": 45.0, "magnitudeUnit": "kts"}, PLACES[1]]}
    fire = {"id": "EONET_2", "title": "Fire", "categories": [{"id": "wildfires"}], "geometry": PLACES[:1]}
    told = parse_geojson(*features(**storm), *features(**fire))
    listed = parse(event(**storm), event(**fire))
    assert all(isinstance(one, HazardReport) for one in told)
    assert [structs.replace(one, fragment=b"") for one in told] == [
        structs.replace(one, fragment=b"") for one in listed
    ]
    assert json.loads(told[0].fragment) == features(**storm)


def test_a_feature_that_cannot_be_read_costs_no_other_event() -> None:
    broken = features()[0] | {"properties": {"title": "whose?"}}
    assert [type(one) for one in parse_geojson(broken, *features())] == [Reject, HazardReport]


def test_of_the_simulated_planet_both_say_the_same() -> None:
    url = "/api/v3/events"
    at = START + timedelta(days=2)
    listed, told = (
        list(source("eonet-events").parse(payload("eonet-events", planet().body(HOST, path, at), at)))
        for path in (url, f"{url}/geojson")
    )
    assert any(one.geometry for one in listed if isinstance(one, HazardReport))  # a storm has a track
    assert [structs.replace(one, fragment=b"") for one in told] == [
        structs.replace(one, fragment=b"") for one in listed
    ]


def test_version_2_is_read_too() -> None:
    old = event(categories=[{"id": 10, "title": "Severe Storms"}], geometries=PLACES, description="")
    del old["geometry"]
    (report,) = parse(old)
    assert isinstance(report, HazardReport)
    assert report.event_type is EventType.TROPICAL_CYCLONE


@pytest.mark.parametrize(
    ("category", "title", "kind"),
    [
        ("severeStorms", "Winter Storm Example", EventType.SEVERE_WEATHER),
        ("severeStorms", "Super Typhoon Example", EventType.TROPICAL_CYCLONE),
        ("wildfires", "Wildfire", EventType.WILDFIRE),
        ("volcanoes", "Volcano", EventType.VOLCANO),
        ("seaLakeIce", "Iceberg A68A", EventType.OTHER),
        (9, "Floods", EventType.FLOOD),
    ],
)
def test_categories_are_hazards(category: str | int, title: str, kind: EventType) -> None:
    assert only(title=title, categories=[{"id": category, "title": "x"}]).event_type is kind


def test_sources_give_keys_that_hold_across_agencies() -> None:
    urls = {
        "JTWC": "http://www.metoc.navy.mil/jtwc/products/wp0819.tcw",
        "ReliefWeb": "https://reliefweb.int/disaster/tc-2019-000081-chn",
        "GDACS": "http://www.gdacs.org/report.aspx?eventtype=TC&amp;eventid=1000512",
    }
    report = only(sources=[{"id": name, "url": url} for name, url in urls.items()])
    assert set(report.keys) == {
        "atcf:WP082019",
        "storm:EXAMPLE.2019.WP",
        "glide:TC-2019-000081-CHN",
        "gdacs:TC1000512",
    }


def test_a_polygon_is_kept_and_its_middle_is_the_position() -> None:
    square = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}
    report = only(geometry=[{"date": "2019-07-31T00:00:00Z", **square}])
    assert (report.lon, report.lat) == pytest.approx((1, 1))
    assert report.geometry == square


def test_a_magnitude_is_measured_in_its_unit() -> None:
    place = PLACES[0] | {"magnitudeValue": 45.0, "magnitudeUnit": "kts"}
    assert [(m.name, m.value, m.unit) for m in only(geometry=[place]).measurements] == [
        ("wind_speed", 45.0, "[kn_i]")
    ]


def test_a_closed_event_says_until_when() -> None:
    report = only(closed="2019-08-03T00:00:00Z")
    assert report.valid_until == report.updated_at == datetime(2019, 8, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    [
        {"geometry": []},
        {"categories": []},
        {"categories": [{"id": "zombies"}]},
        {"geometry": [PLACES[0] | {"coordinates": [500, 1]}]},
        {"geometry": [PLACES[0] | {"coordinates": ["x", None]}]},
        {"geometry": [PLACES[0] | {"date": "yesterday"}]},
    ],
)
def test_a_wrong_event_costs_only_itself(said: dict[str, Any]) -> None:
    assert [type(one) for one in parse(event(**said), event())] == [Reject, HazardReport]


def test_the_recordings_are_read_whole(samples: Path) -> None:
    for folder, count in (("eonet-2019-08", 136), ("eonet-2019-10-wildfires", 77)):
        body = (samples / "catalogs" / folder / "events.json").read_bytes()
        found = list(
            source("eonet-events").parse(Payload(source="x", url="", fetched_at=datetime.now(UTC), body=body))
        )
        assert len(found) == count
        assert all(isinstance(one, HazardReport) for one in found)
