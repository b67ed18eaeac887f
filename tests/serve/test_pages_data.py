"""What the pages say: each address in its forms, filters, what is left out, what shared links show."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import psycopg
import pytest

from filled import event_id
from measured import CARBON, DAYS, HEAT, KP
from serving import served
from terraloom.caches.timeline import Line, Timeline
from terraloom.observations.catalogue import catalogue
from terraloom.serve.figures import bars, count, measured, spark, unit
from terraloom.serve.pages_timeline import chosen_lines, strip_of
from terraloom.serve.placenames import search


@pytest.fixture(scope="module")
def site(full: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=full, headers={"Accept": "text/html"}) as client:
        yield client


FORMS = [
    "/events", "/metrics", f"/metrics/{CARBON}", f"/metrics/{HEAT}/stations", "/stations/awc/EHAM",
    "/timeline", "/sources?state=new", "/places?lon=120.3&lat=13.5&radius_km=300",
]  # fmt: skip


@pytest.mark.parametrize("address", FORMS)
def test_a_view_is_also_json_and_csv_at_its_own_address(site: httpx.Client, address: str) -> None:
    path, _, query = address.partition("?")
    by_name = site.get(f"{path}.csv?{query}")
    assert by_name.text == site.get(address, headers={"Accept": "text/csv"}).text
    rows = list(csv.reader(io.StringIO(by_name.text)))
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1
    assert (
        site.get(f"{path}.json?{query}").json()
        == site.get(address, headers={"Accept": "application/json"}).json()
    )


def test_retracted_and_merged_events_are_listed_where_asked_for(site: httpx.Client) -> None:
    rows = list(csv.DictReader(io.StringIO(site.get("/events.csv?state=all").text)))
    assert {row["state"] for row in rows} == {"current", "retracted", "merged"}
    page = site.get("/events?state=retracted").text
    assert str(event_id("deleted")) in page
    assert "retracted</span>" in page
    assert str(event_id("deleted")) not in site.get("/events").text


def test_filters_that_make_no_sense_are_said(site: httpx.Client) -> None:
    page = site.get("/events?min_magnitude=big").text
    assert "none is applied" in page
    assert "min_magnitude" in page


def test_the_chart_gets_all_days_of_decades_and_finer_values_of_a_close_view(site: httpx.Client) -> None:
    days = site.get(f"/metrics/{CARBON}.json?station=noaa-gml/mlo").json()
    assert (days["resolution"], len(days["values"]["time"])) == ("day", DAYS - 100)
    assert all(later > earlier for earlier, later in pairwise(days["values"]["time"]))
    until = datetime.now(UTC)
    close = {"station": "awc/EHAM", "to": until.isoformat()}
    hours = site.get(
        f"/metrics/{HEAT}.json", params=close | {"from": (until - timedelta(days=15)).isoformat()}
    )
    values = site.get(
        f"/metrics/{HEAT}.json", params=close | {"from": (until - timedelta(days=2)).isoformat()}
    )
    assert (hours.json()["resolution"], values.json()["resolution"]) == ("hour", "raw")
    assert len(values.json()["values"]["time"]) in (47, 48)


def test_flags_and_revisions_are_stated(site: httpx.Client) -> None:
    page = re.sub(r"\s+", " ", site.get(f"/metrics/{HEAT}?station=awc/RJTT").text)
    assert "<dt>Flagged</dt><dd>1<" in page
    assert "<dt>Revisions</dt><dd>2<" in page
    assert 'id="revised"' in page


def test_links_show_a_picture_and_a_title_at_absolute_addresses(site: httpx.Client, full: str) -> None:
    for path, picture in (
        (f"/events/{event_id('main')}", f"/cards/events/{event_id('main')}.png"),
        (f"/metrics/{CARBON}", f"/cards/metrics/{CARBON}.png"),
    ):
        page = site.get(path).text
        assert f'<meta property="og:image" content="{full}{picture}">' in page
        assert f'<meta property="og:url" content="{full}{path}">' in page
        assert '<meta name="twitter:card" content="summary_large_image">' in page
        assert site.get(picture).headers["content-type"] == "image/png"


def test_a_polled_feed_that_stands_still_is_stale_not_well(filled_url: str, tmp_path: Path) -> None:
    with psycopg.connect(filled_url) as connection:
        connection.execute(
            "UPDATE source_state SET last_poll_at = now(), last_ok_at = now(), consecutive_failures = 0, "
            "paused = false, breaker = 'closed', last_new_at = now() - interval '3 days' "
            "WHERE source = 'usgs-earthquakes-hour'"
        )
    with served(filled_url, tmp_path) as base:
        page = httpx.get(f"{base}/sources?state=still", headers={"Accept": "text/html"}).text
    assert "usgs-earthquakes-hour" in page
    assert '<span class="cond c-still">stale content</span>' in page


def test_a_source_tells_its_whole_story(site: httpx.Client) -> None:
    page = site.get("/sources/gml-co2-daily").text
    for said in ("How to cite", "Newest payloads", "Quarantine", f"/metrics/{CARBON}", "Licence"):
        assert said in page
    told = site.get("/sources/gml-co2-daily.json").json()
    assert told["metrics"][CARBON]["n"] == DAYS - 100
    assert site.get("/sources/nobody").status_code == 404


def test_a_place_lists_what_lies_within_its_circle_only(site: httpx.Client) -> None:
    near = site.get("/places.json?lon=120.3&lat=13.5&radius_km=150").json()
    assert str(event_id("main")) in {event["id"] for event in near["events"]}
    assert all(event["distance_km"] <= 150 for event in near["events"])
    tokyo = site.get("/places.json?lon=139.7&lat=35.6&radius_km=50").json()
    assert [station["id"] for station in tokyo["stations"]] == ["awc/RJTT"]
    assert {value["metric"] for value in tokyo["stations"][0]["newest"]} == {HEAT}
    across = site.get("/places.json?lon=-179.9&lat=-17&radius_km=400")
    assert across.status_code == 200
    assert site.get("/places.json?lon=500&lat=0").status_code == 422


def test_places_are_found_whatever_accents_and_country() -> None:
    assert search("são paulo")[0] == search("SAO PAULO")[0]
    assert {place.country for place in search("paris us")} == {"US"}
    assert search("") == search("xyzzyxyzzy") == []


def test_the_last_hour_is_counted(site: httpx.Client) -> None:
    hour = site.get("/hour.json").json()
    assert hour["changes"] == sum(hour["counts"].values()) > 0
    assert hour["observed"] > DAYS - 100
    assert {row["source"] for row in hour["by_source"]} == {"awc-metar", "gml-co2-daily", "swpc-planetary-k"}


def line(name: str, first: date, values: list[float | None], aggregate: str = "mean") -> Line:
    told = {"metric": name, "title": name, "unit": "1", "field": "test", "stations": 1}
    return Line(**told, aggregate=aggregate, first=first, values=values)


def test_days_become_one_by_the_aggregate_and_none_where_none_is_known() -> None:
    first = date(2026, 1, 1)
    values = [1.0, 3.0, None, None, 5.0, 9.0]
    mean = strip_of(line("a", first, values), first, first + timedelta(days=8), 2)
    top = strip_of(line("a", first, values, "max"), first, first + timedelta(days=8), 2)
    assert mean is not None
    assert top is not None
    assert (mean.values, top.values) == ([2.0, None, 7.0, None], [3.0, None, 9.0, None])
    assert (mean.low, mean.high, mean.last) == (1.0, 9.0, 9.0)
    assert strip_of(line("a", first, values), date(2027, 1, 1), date(2027, 2, 1), 1) is None


def test_the_timeline_shows_lines_that_have_something_in_these_days() -> None:
    first = date(2026, 1, 1)
    old, new = line(KP, date(2000, 1, 1), [1.0] * 9), line("new", first, [2.0] * 9)
    assert chosen_lines(Timeline([old, new]), [], first, first + timedelta(days=9)) == [new]
    assert chosen_lines(Timeline([old, new]), [KP], first, first + timedelta(days=9)) == [old]


def test_values_are_written_for_people() -> None:
    told = {1013.25: "1,013", -0.0421: "−0.0421", 8.24e9: "8.24 billion", 3.2e-7: "3.2 × 10⁻⁷", 0.0: "0"}
    assert {value: measured(value) for value in told} == told
    assert measured(None) == measured(float("nan")) == "–"
    assert [count(n) for n in (999, 9999, 12_345, 4_200_000)] == ["999", "9,999", "12.3k", "4.2M"]
    assert unit("1/(cm2.s.sr)") == "per cm² s sr"
    assert not [one.unit for one in catalogue().values() if re.search(r"[\[\]{}*]", unit(one.unit))]


def test_small_pictures_break_where_much_is_missing() -> None:
    assert spark([1.0]) == ""
    assert spark([1.0, 2.0, 3.0]).count("M") == 1
    assert spark([1.0, 2.0, *[None] * 20, 3.0, 4.0]).count("M") == 2
    assert bars([0, 4, 1]).count("M") == 2
