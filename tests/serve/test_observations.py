"""What was measured, through the API: values in every format, metrics, stations, versions."""

from __future__ import annotations

import io
from typing import Any

import httpx
import polars as pl
import pyarrow as pa
import pytest

from terraloom.serve import observations

VALUES = "/api/v1/observations"
HEAT = {"metric": "heat", "station": "made/a"}


def test_values_come_in_pages(api: httpx.Client) -> None:
    seen: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get(VALUES, params={**HEAT, "limit": 100, "cursor": cursor}).json()
        assert "values" in page, page
        seen += page["values"]
        cursor = page["next"]
    assert [one["value"] for one in seen] == [n / 10 for n in range(288)]
    assert seen[1] == {
        **HEAT,
        "time": "2026-03-01T00:10:00Z",
        "value": 0.1,
        "unit": "Cel",
        "lon": 11.0,
        "lat": 47.5,
        "quality": "good",
        "revision": 0,
    }


def test_days_and_hours_say_what_they_are_made_of(api: httpx.Client) -> None:
    days = api.get(VALUES, params={**HEAT, "resolution": "day"}).json()["values"]
    assert [(d["time"], d["n"], d["min"], d["max"]) for d in days] == [
        ("2026-03-01T00:00:00Z", 144, 0.0, 14.3),
        ("2026-03-02T00:00:00Z", 144, 14.4, 28.7),
    ]
    span = {"since": "2026-03-01T05:00Z", "until": "2026-03-01T07:00Z"}
    hours = api.get(VALUES, params={**HEAT, **span, "resolution": "hour"}).json()["values"]
    assert [h["n"] for h in hours] == [6, 6]


READ = {
    "text/csv": lambda body: pl.read_csv(io.BytesIO(body)),
    "application/vnd.apache.arrow.stream": lambda body: pl.from_arrow(pa.ipc.open_stream(body).read_all()),
    "application/vnd.apache.parquet": lambda body: pl.read_parquet(io.BytesIO(body)),
}


@pytest.mark.parametrize("accept", READ)
@pytest.mark.parametrize("pieces", ["one", "several"])
def test_files_hold_all_there_is(
    api: httpx.Client, accept: str, pieces: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observations, "STREAMED", 100 if pieces == "several" else 1000)
    reply = api.get(VALUES, params={"metric": "heat"}, headers={"Accept": accept})
    assert reply.headers["content-type"].startswith(accept)
    assert ("etag" in reply.headers) == (pieces == "one")
    frame = READ[accept](reply.content)
    assert frame["value"].to_list() == [n / 10 for n in range(288)] + [7.0]
    short = api.get(VALUES, params={"metric": "heat", "limit": 150}, headers={"Accept": accept})
    assert READ[accept](short.content).height == 150


def test_the_format_wins_over_the_accept_header(api: httpx.Client) -> None:
    reply = api.get(VALUES, params={**HEAT, "format": "json"}, headers={"Accept": "text/csv"})
    assert reply.headers["content-type"] == "application/json"


def test_an_unchanged_file_is_not_sent_again(api: httpx.Client) -> None:
    first = api.get(VALUES, params={**HEAT, "format": "csv"})
    again = api.get(
        VALUES, params={**HEAT, "format": "csv"}, headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_metrics_are_the_whole_catalogue_with_what_there_is(api: httpx.Client) -> None:
    found = {one["id"]: one for one in api.get("/api/v1/metrics").json()}
    assert (found["heat"]["n"], found["heat"]["flagged"], found["heat"]["newest"]["value"]) == (289, 1, 28.7)
    assert found["planetary_k_index"]["n"] == 0
    assert api.get("/api/v1/metrics/heat").json() == found["heat"]


def test_stations_are_found_and_read_with_their_series(api: httpx.Client) -> None:
    [found] = api.get("/api/v1/stations", params={"q": "mount", "bbox": "10,47,12,48"}).json()["stations"]
    assert [(s["metric"], s["n"]) for s in found["series"]] == [("heat", 288), ("level", 1)]
    assert api.get("/api/v1/stations/made/a").json() == found
    assert api.get("/api/v1/stations/made/b/c").json()["series"][0]["flagged"] == 1


def test_a_value_is_explained(api: httpx.Client) -> None:
    asked = {**HEAT, "time": "2026-03-01T00:10:00Z"}
    story = api.get(f"{VALUES}/explain", params=asked).json()
    [version] = story["versions"]
    assert (version["value"], version["current"], version["source"]) == (0.1, True, "made-values")


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        (VALUES, 422, "metric"),
        (f"{VALUES}?metric=heet", 422, "metric"),
        (f"{VALUES}?metric=heat&typo=1", 422, "typo"),
        (f"{VALUES}?metric=heat&limit=10001", 422, "limit"),
        (f"{VALUES}?metric=heat&cursor=bm90IG9uZQ", 422, "cursor"),
        (f"{VALUES}?metric=heat&since=0001-01-01T00:00:00%2B14:00", 422, "since"),
        (f"{VALUES}?metric=heat&resolution=day&quality=suspect", 422, "quality"),
        (f"{VALUES}?metric=heet&format=csv", 422, "metric"),
        (f"{VALUES}/explain?metric=heat&station=made/nowhere", 404, "station"),
        ("/api/v1/metrics/heet", 404, "metric"),
        ("/api/v1/stations/made/nowhere", 404, "code"),
        ("/api/v1/stations?bbox=1,2,3", 422, "bbox"),
    ],
)
def test_every_refusal_names_its_field(api: httpx.Client, path: str, status: int, field: str) -> None:
    reply = api.get(path)
    assert (reply.status_code, reply.json()["error"]["field"]) == (status, field)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_calendar_s_ends_are_times_like_others(api: httpx.Client, at: str) -> None:
    for resolution in ("raw", "hour", "day"):
        for end in ("since", "until"):
            reply = api.get(VALUES, params={"metric": "heat", "resolution": resolution, end: at})
            assert reply.status_code == 200, reply.text
