"""The API over a hand-made record: what it lists, how it pages, and how it refuses."""

from __future__ import annotations

from datetime import timedelta

import httpx
import psycopg
import pytest

from filled import HOSTILE, KEY, NOW, event_id, the_events


def ids(reply: httpx.Response) -> set[str]:
    assert reply.status_code == 200, reply.text
    return {event["id"] for event in reply.json()["events"]}


def keys(*names: str) -> set[str]:
    return {str(event_id(name)) for name in names}


def test_lists_current_events_newest_first(api: httpx.Client) -> None:
    found = api.get("/api/v1/events").json()["events"]
    onsets = [event["onset"] for event in found]
    assert onsets == sorted(onsets, reverse=True)
    assert len(found) == sum(event.state == "current" for event in the_events())


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"type": "TC"}, ["cyclone"]),
        ({"type": ["VO", "DR"]}, ["volcano", "drought", "prehistoric"]),
        ({"min_magnitude": 5, "max_magnitude": 6}, ["after"]),
        ({"alert": "RED"}, ["cyclone"]),
        ({"agency": "koeri"}, ["small"]),
        ({"source": "nhc-current-storms"}, ["cyclone"]),
        ({"q": "sirajganj"}, ["flood"]),
        ({"q": "pt26324001"}, ["main"]),
        ({"q": "100%"}, []),
        ({"bbox": "170,-30,-170,0"}, ["cyclone"]),
        ({"bbox": "-125,35,-120,45"}, ["wildfire", "prehistoric"]),
        ({"since": (NOW - timedelta(minutes=30)).isoformat()}, ["hostile"]),
        ({"state": "merged"}, ["absorbed"]),
        ({"state": "retracted"}, ["deleted"]),
    ],
    ids=lambda value: "&".join(value) if isinstance(value, dict) else "",
)
def test_filters_keep_what_they_say(api: httpx.Client, parameters: dict, expected: list[str]) -> None:
    assert ids(api.get("/api/v1/events", params=parameters)) == keys(*expected)


def test_pages_hold_every_event_once(api: httpx.Client) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get("/api/v1/events", params={"limit": 3, "cursor": cursor}).json()
        seen += [event["id"] for event in page["events"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == sum(event.state == "current" for event in the_events())


def test_counts_when_asked(api: httpx.Client) -> None:
    page = api.get("/api/v1/events", params={"limit": 2, "count": True, "type": "EQ"}).json()
    assert (page["matched"], page["more_than_counted"], len(page["events"])) == (5, False, 2)


def test_answers_geojson_when_accepted(api: httpx.Client) -> None:
    reply = api.get("/api/v1/events", headers={"Accept": "application/geo+json"}, params={"type": "TC"})
    [feature] = reply.json()["features"]
    assert reply.headers["content-type"] == "application/geo+json"
    assert feature["geometry"] == {"type": "Point", "coordinates": [-178.6, -16.9]}
    assert feature["properties"]["alert"] == "RED"


def test_an_event_tells_which_reports_came_and_why_they_were_joined(api: httpx.Client) -> None:
    story = api.get(f"/api/v1/events/{event_id('main')}").json()
    assert [report["agency"] for report in story["reports"]] == ["emsc", "usgs", "gfz", "gdacs"]
    usgs = story["reports"][1]
    assert usgs["aliases"] == ["at00t5kqwx", "pt26324001", "us7000q1a2"]
    assert usgs["dt_s"] == pytest.approx(-0.6)
    assert usgs["distance_km"] == pytest.approx(2.4, abs=0.2)
    assert len(usgs["versions"]) == usgs["versions_total"] == 5
    assert {d["action"] for d in story["decisions"]} == {"create", "correlate", "update"}
    assert [other["event_id"] for other in story["sequence"]] == [str(event_id("after"))]
    assert story["absorbed"] == [str(event_id("absorbed"))]


def test_a_merged_event_names_its_survivor(api: httpx.Client) -> None:
    story = api.get(f"/api/v1/events/{event_id('absorbed')}").json()
    assert story["event"]["state"] == "merged"
    assert story["event"]["merged_into"] == story["survivor"] == str(event_id("main"))


def test_changes_come_in_order_without_gaps(api: httpx.Client) -> None:
    first = api.get("/api/v1/changes", params={"limit": 7}).json()
    rest = api.get("/api/v1/changes", params={"after": first["last"], "limit": 1000}).json()
    assert [c["seq"] for c in first["changes"] + rest["changes"]] == list(range(1, rest["head"] + 1))


def test_the_doubtful_list_pages_and_drops_what_an_operator_decided(
    own: httpx.Client, filled_url: str
) -> None:
    [pair] = own.get("/api/v1/doubtful").json()["links"]
    assert (pair["a"]["event_id"], pair["b"]["event_id"]) == (
        str(event_id("doubt")),
        str(event_id("doubt-twin")),
    )
    with psycopg.connect(filled_url) as connection:
        connection.execute(
            "INSERT INTO associations SELECT b_agency, b_id, a_agency, a_id, false, 'me', 'far', now(), "
            "gen_random_uuid() FROM doubtful_pairs"
        )
    assert own.get("/api/v1/doubtful").json()["links"] == []


def test_quarantine_pages_through_unreadable_records(api: httpx.Client) -> None:
    first = api.get("/api/v1/quarantine", params={"limit": 1}).json()
    second = api.get("/api/v1/quarantine", params={"limit": 1, "cursor": first["next"]}).json()
    assert [page["records"][0]["reason"] for page in (first, second)][1] == HOSTILE
    assert second["next"] is None


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/api/v1/events?bbox=1,2,3", 422, "bbox"),
        ("/api/v1/events?bbox=0,10,5,-10", 422, "bbox"),
        ("/api/v1/events?typo=1", 422, "typo"),
        ("/api/v1/events?type=XX", 422, "type.0"),
        ("/api/v1/events?min_magnitude=nan", 422, "min_magnitude"),
        ("/api/v1/events?q=%00", 422, "q"),
        ("/api/v1/events?cursor=bm90IG9uZQ", 422, "cursor"),
        ("/api/v1/events/no-uuid", 422, "event_id"),
        ("/api/v1/events/00000000-0000-0000-0000-000000000000", 404, "event_id"),
        ("/api/v1/changes?after=-1", 422, "after"),
        ("/api/v1/nothing", 404, None),
    ],
)
def test_every_refusal_has_one_shape(api: httpx.Client, path: str, status: int, field: str | None) -> None:
    reply = api.get(path)
    assert reply.status_code == status
    error = reply.json()["error"]
    assert set(error) == {"code", "message", "field"}
    assert error["field"] == field


@pytest.mark.parametrize("path", ["/", "/v1/health", "/api/v1/events?limit=1", "/static/style.css"])
def test_head_is_answered_as_get_without_the_body(api: httpx.Client, path: str) -> None:
    head, whole = api.head(path), api.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert whole.content
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert api.head("/nothing").status_code == 404


def test_to_a_person_an_address_cut_off_is_a_page_that_is_not_there(api: httpx.Client) -> None:
    reply = api.get("/events/69ce50d6", headers={"Accept": "text/html"})
    assert reply.status_code == 404
    assert "there is nothing at this address" in reply.text


def test_the_same_again_is_not_sent_again(api: httpx.Client) -> None:
    first = api.get("/api/v1/events")
    again = api.get("/api/v1/events", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_every_reply_carries_the_strict_policy(api: httpx.Client) -> None:
    for path in ("/api/v1/events", "/api/v1/nothing", "/static/nothing.js"):
        headers = api.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_writing_needs_a_key(api: httpx.Client) -> None:
    assert api.post("/api/v1/sources/x/pause").status_code == 401
    assert api.post("/api/v1/sources/x/pause", headers={"X-API-Key": "wrong"}).status_code == 401
    assert api.post("/api/v1/sources/x/pause", headers={"X-API-Key": KEY}).status_code == 404


def test_reading_needs_a_key_where_it_is_not_open(serve) -> None:
    base = serve(serve={"host": "0.0.0.0"})
    assert httpx.get(f"{base}/api/v1/events").status_code == 401
    assert httpx.get(f"{base}/v1/health").json()["error"]["code"] == "key_required"
    assert httpx.get(f"{base}/api/v1/events", headers={"X-API-Key": KEY}).status_code == 200


def test_simulated_data_says_so_on_every_reply(serve) -> None:
    base = serve(simulated=True)
    assert httpx.get(f"{base}/api/v1/events").headers["x-simulated-data"] == "true"
    assert httpx.get(f"{base}/v1/health").json()["simulated"] is True
