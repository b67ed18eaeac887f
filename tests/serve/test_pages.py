"""The pages in a real browser: nothing fails, new events come by themselves, and titles stay text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import psycopg
import pytest
from browsing import watch
from playwright.sync_api import Browser, Page, expect

from filled import HOSTILE, Made, Told, add_event, ago, event_id

TOLD = [f"/events/{event_id(key)}" for key in ("main", "cyclone", "hostile", "absorbed", "nowhere")]
PAGES = ["/", "/sources", "/doubtful", "/api", *TOLD]


pytestmark = pytest.mark.browser


def test_no_page_has_an_error_at_any_width_and_no_title_executes(base: str, tab: Page) -> None:
    problems = watch(tab)
    for width in (1280, 380):
        tab.set_viewport_size({"width": width, "height": 800})
        for path in PAGES:
            tab.goto(base + path, wait_until="networkidle" if path != "/" else "load")
            assert tab.evaluate("window.owned") is None
            assert tab.title() != "owned"
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is too wide"
    assert problems == []


def test_a_new_event_appears_without_reload(own_base: str, filled_url: str, tab: Page) -> None:
    problems = watch(tab)
    tab.goto(own_base)
    expect(tab.locator("#link")).to_have_attribute("data-state", "live")
    rows = tab.locator("#list .row")
    expect(rows).to_have_count(15)
    told = [Told("usgs", "us7new", "usgs-earthquakes-hour")]
    new = Made("new", "EQ", f"M 5.9 - {HOSTILE}", 142.1, 38.2, ago(seconds=30), told, 5.9, "mb", 31.0)
    with psycopg.connect(filled_url) as connection:
        add_event(connection, [new])
    expect(rows).to_have_count(16)
    expect(rows.first.locator("h2")).to_have_text(new.title)
    assert tab.evaluate("window.owned") is None
    assert problems == []


def test_what_began_before_year_1_is_told_by_its_year(base: str, tab: Page) -> None:
    tab.goto(f"{base}/?time=&type=VO")
    rows = tab.locator("#list .row")
    expect(rows).to_have_count(2)
    expect(rows.last.locator(".when")).to_have_text("5680 BCE")
    tab.goto(f"{base}/events/{event_id('prehistoric')}")
    expect(tab.locator(".under")).to_contain_text("5680 BCE")
    expect(tab.locator(".under time")).to_have_count(0)
    expect(tab.locator(".tell")).to_contain_text("was the first to arrive.")


def test_filters_live_in_the_address_and_the_list_follows_the_map(base: str, tab: Page) -> None:
    tab.goto(base)
    tab.locator("label.chip", has_text="Cyclone").click()
    expect(tab.locator("#list .row")).to_have_count(1)
    expect(tab).to_have_url(re.compile(r"\?type=TC"))
    tab.reload()
    expect(tab.locator("#list .row")).to_have_count(1)
    tab.goto(f"{base}/?view=-97,32,12")
    expect(tab.locator("#list .row h2")).to_have_text(["Severe Thunderstorm Warning: Travis; Williamson"])
    expect(tab.locator("#scope")).to_contain_text("outside the view")


def test_times_turn_local_on_request_and_stay_so(base: str, chromium: Browser) -> None:
    context = chromium.new_context(timezone_id="Asia/Kathmandu")
    tab = context.new_page()
    tab.goto(f"{base}/events/{event_id('main')}")
    tab.get_by_role("button", name="UTC").click()
    expect(tab.locator(".under time")).to_contain_text("UTC+05:45")
    tab.reload()
    expect(tab.locator(".under time")).to_contain_text("UTC+05:45")
    context.close()


def test_now_is_the_time_of_the_simulated_planet(serve: Callable[..., str], tab: Page) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=5)
    base = serve(simulated=True, app={"clock": lambda: ahead, "speed": lambda: 3600.0})
    assert httpx.get(f"{base}/v1/health").json()["at"] == msgspec.to_builtins(ahead)
    tab.goto(f"{base}/events/{event_id('small')}")
    changed = tab.locator(".facts time")
    first = int(changed.inner_text().removesuffix(" h ago"))
    assert 5 <= first < 12  # our own clock would say that it was less than an hour ago
    expect(changed).not_to_have_text(f"{first} h ago")


def test_a_doubtful_pair_stands_side_by_side_with_a_map_and_the_way_to_decide(base: str, tab: Page) -> None:
    problems = watch(tab)
    tab.goto(f"{base}/doubtful")
    pair = tab.locator(".pair")
    expect(pair.locator(".pairmap .report")).to_have_count(2)
    expect(pair.locator(".pairmap .scalebar")).to_have_text(re.compile(r"^\d+ km$"))
    expect(pair.locator("tbody tr")).to_have_count(6)
    expect(pair).to_contain_text("terraloom events associate emsc/20261120_0000255 usgs/us7000q1c4")
    assert problems == []


def test_pages_work_without_scripts(base: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{base}/?type=VO")
    expect(tab.locator("#list .row h2")).to_have_text([re.compile("Sheveluch"), re.compile("Crater Lake")])
    context.close()


def test_each_page_gives_its_data_at_the_same_address(api: httpx.Client) -> None:
    path = f"/events/{event_id('main')}"
    by_name = api.get(f"{path}.json").json()
    assert api.get(path, headers={"Accept": "application/json"}).json() == by_name
    assert by_name["event"]["magnitude"] == 7.1
    assert api.get("/", headers={"Accept": "application/json"}).json()["events"]


def test_a_missing_page_is_a_page_for_people(api: httpx.Client) -> None:
    reply = api.get(f"/events/{event_id('none')}", headers={"Accept": "text/html"})
    assert (reply.status_code, "<h1>Not Found</h1>" in reply.text) == (404, True)
