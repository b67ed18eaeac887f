"""Every page in a real browser, on a full record and on the simulated planet: nothing is wrong with any."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from browsing import SHIFTS, barriers, screenshots, too_wide, watch
from playwright.sync_api import Browser, Page, expect

from backfilled import CAMPAIGN
from filled import KEY, NOW, Made, Told, add_event, event_id
from measured import CARBON, HEAT, more_heat
from serving import served
from terraloom.config import Settings
from terraloom.universe.demo import open_demo
from terraloom.universe.faults import parse_faults

pytestmark = pytest.mark.browser

MADE_PAGES = {
    "home": "/",
    "layer": f"/?layer={HEAT}",
    "hour": "/?show=hour",
    "events": "/events?state=all",
    "no-events": "/events?min_magnitude=9.5",
    "event": f"/events/{event_id('main')}",
    "hostile": f"/events/{event_id('hostile')}",
    "metrics": "/metrics",
    "metric": f"/metrics/{CARBON}",
    "metric-places": f"/metrics/{HEAT}",
    "metric-station": f"/metrics/{HEAT}?station=awc/SCEL",
    "metric-empty": "/metrics/torino_scale",
    "station": "/stations/awc/SCEL",
    "timeline": "/timeline",
    "places": "/places",
    "place": "/places?lon=120.3&lat=13.5&radius_km=250",
    "search": "/places?q=tokyo",
    "sources": "/sources",
    "source": "/sources/awc-metar",
    "source-of-hazards": "/sources/usgs-earthquakes-hour",
    "backfill": "/backfill",
    "campaign": f"/backfill/{CAMPAIGN}",
    "doubtful": "/doubtful",
    "api": "/api",
    "missing": "/metrics/nothing",
}
QUICKLY_CHECKED = {
    "home",
    "metric-places",
    "timeline",
    "sources",
    "backfill",
}  # the slow walk checks all with axe
SIMULATED = (
    "/ /?show=hour /events /events?state=all /metrics /timeline /timeline?span=30d /sources /backfill "
    "/doubtful /api /places?lon=13&lat=42.5&radius_km=500"
).split()


def visit(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.wait_for_load_state("networkidle") if "/?" not in address else tab.wait_for_timeout(400)


def trouble(tab: Page, name: str, problems: list[str], *, axe: bool) -> Iterator[str]:
    """What is wrong with the page in the tab."""
    missing = [said for said in problems if "404" in said] if name == "missing" else []
    yield from (f"{name}: {said}" for said in problems if said not in missing)
    problems.clear()
    if too_wide(tab):
        yield f"{name}: wider than the screen"
    if tab.evaluate("window.owned") is not None:
        yield f"{name}: a title was executed"
    yield from (f"{name}: {said}" for said in (barriers(tab) if axe else ()))


def test_every_page_is_sound_on_a_phone(full: str, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 380, "height": 800})
    tab = context.new_page()
    problems = watch(tab)
    found: list[str] = []
    for name, path in MADE_PAGES.items():
        visit(tab, full + path)
        found += trouble(tab, name, problems, axe=name in QUICKLY_CHECKED)
    context.close()
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), list(product(("light", "dark"), (380, 1280))))
def test_every_page_is_sound_in_every_light(
    full: str, chromium: Browser, tmp_path: Path, scheme: Any, width: int
) -> None:
    walked = walk(chromium, full, MADE_PAGES.items(), screenshots(tmp_path), scheme, width)
    assert walked == []


def walk(
    chromium: Browser, base: str, pages: Iterable[tuple[str, str]], folder: Path, scheme: Any, width: int
) -> list[str]:
    """Visit the pages in this light and width, keep a picture of each, and tell what is wrong with them."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    tab = context.new_page()
    problems = watch(tab)
    found: list[str] = []
    for name, path in pages:
        visit(tab, base + path)
        found += trouble(tab, name, problems, axe=True)
        tab.screenshot(path=folder / f"{name}-{scheme}-{width}.png", full_page=True)
    context.close()
    return found


def test_live_updates_move_nothing(full_url: str, tmp_path: Path, tab: Page) -> None:
    tab.add_init_script(SHIFTS)
    with served(full_url, tmp_path) as base, psycopg.connect(full_url) as connection:
        tab.goto(f"{base}/?layer={HEAT}&show=events")
        expect(tab.locator("#link")).to_have_attribute("data-state", "live")
        expect(tab.locator("#list .row")).to_have_count(15)
        expect(tab.locator("#stationcount")).to_have_text("3 stations in view")
        tab.wait_for_timeout(500)  # fonts and the finer coasts
        tab.evaluate("window.shifts.length = 0")
        told = [Told("usgs", "us7live", "usgs-earthquakes-hour")]
        add_event(connection, [Made("live", "EQ", "M 6.1 - live", 142.1, 38.2, NOW, told, 6.1, "mb", 31.0)])
        more_heat(connection, datetime.now(UTC), shift=2.0)
        expect(tab.locator("#list .row")).to_have_count(16)
        expect(tab.locator("#hourlist .row").first).to_contain_text("M 6.1 - live")
        expect(tab.locator(".newer")).to_have_text("1 new ↑")
        tab.wait_for_timeout(2500)  # counts and stations follow
        assert tab.evaluate("window.shifts") == []
        tab.locator(".newer").click()
        expect(tab.locator("#list .row h2").first).to_be_in_viewport()
        expect(tab.locator(".newer")).to_have_count(0)


def test_decades_of_days_are_drawn_and_a_close_look_brings_single_values(full: str, tab: Page) -> None:
    problems = watch(tab)
    tab.goto(f"{full}/metrics/{HEAT}?station=awc/EHAM")
    says = tab.locator("#chartsays")
    expect(says).to_contain_text("480 hours from")  # all there is lies within 120 days
    tab.get_by_role("button", name="7 days").click()
    expect(says).to_contain_text("single values")
    expect(tab).to_have_url(re.compile(r"from=\d{4}-.*&to="))
    tab.goto(f"{full}/metrics/{CARBON}")
    expect(says).to_contain_text("7,900 days from")
    tab.locator("#chart").press("+")
    expect(says).to_contain_text(re.compile(r"^[34],\d{3} days"))
    tab.reload()
    expect(says).to_contain_text(re.compile(r"^[34],\d{3} days"))
    assert problems == []


def test_all_lines_of_the_timeline_are_read_at_one_day_by_keys(full: str, tab: Page) -> None:
    tab.goto(f"{full}/timeline?span=30d")
    board = tab.locator("#timeline")
    expect(tab.locator("#axis")).to_have_class(re.compile("ticked"))
    board.press("ArrowLeft")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    expect(tab.locator(".marks .read")).to_have_text(
        re.compile(rf"{yesterday}|{yesterday + timedelta(days=1)}")
    )
    board.press("ArrowLeft")
    expect(tab.locator("#reading")).to_contain_text("Carbon dioxide in air 4")
    board.press("-")
    expect(tab).to_have_url(re.compile("from=.*to="))
    expect(tab.locator(f'[data-metric="{CARBON}"] path')).to_have_attribute("d", re.compile("^M"))


def test_failed_jobs_are_retried_from_the_page_with_a_key(full_base: str, tab: Page) -> None:
    problems = watch(tab)
    tab.goto(f"{full_base}/backfill")
    button = tab.get_by_role("button", name="Retry").first
    button.click()
    expect(tab.locator("#answer")).to_be_empty()  # the browser asks for the key
    tab.get_by_label("API key").fill(KEY)
    button.click()
    expect(tab.locator("#answer")).to_have_text("8 jobs are asked for again.")
    assert httpx.get(f"{full_base}/api/v1/backfill/jobs?state=failed").json() == []
    assert problems == []


def test_the_list_of_stations_follows_the_map(full: str, tab: Page) -> None:
    tab.goto(f"{full}/?layer={HEAT}&view=5,52,12")
    expect(tab.locator("#stationlist .row .h")).to_have_text(["Amsterdam Schiphol"])
    expect(tab.locator("#stationscope")).to_contain_text("2 outside the view")
    expect(tab.locator(".ramp figcaption")).to_have_text("Air temperature, °C")


def test_every_control_of_the_home_page_is_reached_by_keys(full: str, tab: Page) -> None:
    tab.goto(full)
    expect(tab.locator("#link")).to_have_attribute("data-state", "live")
    reached = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.id || document.activeElement.name || ''"))
    assert {"layer", "tab-events", "rows", "time", "type", "zone", "clear"} <= reached
    tab.locator("#tab-events").press("ArrowRight")
    expect(tab.locator("#panel-hour")).to_be_visible()
    expect(tab).to_have_url(re.compile("show=hour"))


@pytest.mark.slow
def test_every_page_is_sound_on_the_simulated_planet(
    chromium: Browser, data_folder: Path, tmp_path: Path
) -> None:
    settings = Settings(home=data_folder / "planet", simulated=True)
    with open_demo(settings, seed=1, days=4, faults=parse_faults("some")) as demo:
        demo.bring_in(demo.clock.now() + timedelta(hours=12), timedelta(hours=3), lambda at: None)
        app = {"clock": demo.clock.now, "speed": lambda: 1.0}
        url = demo.runtime.database_url
        with served(url, tmp_path / "served", simulated=True, app=app) as base:
            found = walk(chromium, base, simulated_pages(base), screenshots(tmp_path), "light", 380)
            tab = chromium.new_page()
            tab.goto(base)
            expect(tab.locator(".simulated")).to_contain_text("Simulated data")
            tab.close()
    assert found == []


def simulated_pages(base: str) -> list[tuple[str, str]]:
    """The fixed addresses, and one page of each kind that the planet has filled."""
    metrics = [one["id"] for one in httpx.get(f"{base}/metrics.json").json() if one["n"]]
    [event, *_] = httpx.get(f"{base}/events.json").json()["events"]
    assert metrics, "the simulated planet measures"
    [station, *_] = httpx.get(f"{base}/metrics/{metrics[0]}/stations.json").json()["stations"]["id"]
    more = [
        f"/metrics/{metrics[0]}",
        f"/stations/{station}",
        f"/events/{event['id']}",
        "/sources/usgs-earthquakes-hour",
    ]
    return [(f"simulated-{n:02}", path) for n, path in enumerate([*SIMULATED, *more])]
