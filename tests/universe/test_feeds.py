"""Simulated payloads are read by the project's own sources without a reject, and look like the recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import etree
from planets import NOW, planet

from terraloom.errors import FetchError
from terraloom.records import Payload, Reject
from terraloom.sources import Source, registry

SERVED = [source for source in registry().values() if planet().serves(source)]


class PlanetFetcher:
    """The way out of a source, leading straight to the planet at one instant."""

    def __init__(self, source: Source, at: datetime) -> None:
        self.source, self.at, self.now = source, at, at

    async def get(self, url: str, *, kind: str = "feed", accept_status: Any = (), **_: Any) -> Payload | None:
        address = urlsplit(url)
        page = planet().page(address.netloc, f"{address.path}?{address.query}", self.at)
        status = page.status if page else 404
        if status == 204:
            return None
        if page is None or (status != 200 and status not in accept_status):
            raise FetchError(url, "not found", status)
        body = page.body
        return Payload(
            source=self.source.info.id, url=url, fetched_at=self.at, body=body, kind=kind, status=status
        )


@pytest.mark.parametrize("source", SERVED, ids=lambda source: source.info.id)
@pytest.mark.parametrize("hours", [-24, 0, 24])
async def test_every_source_fetches_and_reads_its_upstream_without_rejects(source: Source, hours: int):
    fetcher = PlanetFetcher(source, NOW + timedelta(hours=hours))
    payloads = []
    with suppress(FetchError):  # a page that is not there now; what came before it counts
        payloads = [payload async for payload in source.fetch(fetcher)]
    found = [one for payload in payloads for one in source.parse(payload)]
    assert [one for one in found if isinstance(one, Reject)] == []


def test_at_least_ten_agencies_are_played():
    assert len({source.info.agency for source in SERVED}) >= 10


def test_an_event_is_found_under_every_id_that_it_had():
    flipped = next(
        s for s in planet().stories if s.agency == "usgs" and s.versions[0].id != s.versions[-1].id
    )
    at = flipped.versions[-1].published + timedelta(minutes=1)
    for name in flipped.versions[-1].ids:
        body = planet().body(
            "earthquake.usgs.gov", f"/fdsnws/event/1/query?eventid={name}&format=geojson", at
        )
        assert json.loads(body)["id"] == flipped.versions[-1].id


JSON_FEEDS = {  # simulated target: recording, path to the records
    ("earthquake.usgs.gov", "/earthquakes/feed/v1.0/summary/all_week.geojson"): (
        "usgs-earthquakes/summary_all_day_20191121T180204Z.geojson",
        "features",
    ),
    ("www.seismicportal.eu", "/fdsnws/event/1/query?format=json"): (
        "emsc/fdsn_query_2025-04-26.json",
        "features",
    ),
    ("api.geonet.org.nz", "/quake?MMI=-1"): ("geonet/quake_mmi-1.json", "features"),
    ("api.geonet.org.nz", "/volcano/val"): ("geonet/volcano_val.json", "features"),
    ("www.gdacs.org", "/xml/gdacs.geojson"): ("gdacs/gdacs_20260526T0935Z.geojson", "features"),
    ("www.nhc.noaa.gov", "/CurrentStorms.json"): (
        "nhc/CurrentStorms_2026-08_genevieve_trimmed.json",
        "activeStorms",
    ),
}


@pytest.mark.parametrize(("host", "target"), JSON_FEEDS, ids=lambda part: part[:30])
def test_simulated_json_has_the_structure_of_the_recording(samples: Path, host: str, target: str):
    """Same key paths; every simulated type occurs in the recording too (numbers may be whole or not)."""
    name, records = JSON_FEEDS[host, target]
    recorded = json.loads((samples / name).read_text("utf-8-sig"))
    simulated = json.loads(planet().body(host, target, NOW))
    assert simulated[records], "an empty list would prove nothing"
    theirs, ours = _merged(recorded), _merged(simulated)
    assert ours.keys() == theirs.keys()
    odd = {path: (ours[path], theirs[path]) for path in ours if not ours[path] <= theirs[path] | {"null"}}
    assert odd == {}


def _merged(value: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path, kind in _types(value):
        found.setdefault(path, set()).add(kind)
    return found


def _types(value: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _types(part, f"{path}.{key}")
    elif isinstance(value, list):
        for part in value:
            yield from _types(part, f"{path.removesuffix('[]')}[]")  # a polygon may be a multipolygon
    else:
        yield path, _type(value)


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else "string"


def test_simulated_gdacs_rss_has_the_elements_of_the_recording(samples: Path):
    """`dateadded` and `datemodified` came in 2022, after the recording."""
    recorded = _item_tags((samples / "gdacs" / "rss_rss-7d_2019-12-30.xml").read_bytes())
    simulated = _item_tags(planet().body("www.gdacs.org", "/xml/rss.xml", NOW))
    assert simulated - recorded == {"dateadded", "datemodified"}
    assert recorded - simulated == set()
    assert planet().body("www.gdacs.org", "/xml/rss.xml", NOW).startswith(b"\xef\xbb\xbf<?xml")


def _item_tags(body: bytes) -> set[str]:
    parts = (child for item in etree.fromstring(body).iter("item") for child in item)
    return {etree.QName(part).localname for part in parts if part.tag is not etree.Comment}


def test_simulated_koeri_list_is_spelt_as_the_recording(samples: Path):
    body = planet().body("udim.koeri.boun.edu.tr", "/zeqmap/xmlt/son24saat.xml", NOW)
    recorded = etree.parse(samples / "koeri" / "son24saat_20260822T1858.xml").getroot()
    simulated = etree.fromstring(body)
    assert (simulated.tag, simulated[0].tag) == (recorded.tag, recorded[0].tag)
    assert simulated[0].keys() == recorded[0].keys()
    assert b'encoding="ISO-8859-1"' in body
    assert body.count(b"\r\n") == body.count(b"\n")


def test_simulated_nws_alerts_have_the_properties_of_the_recording(samples: Path):
    folder = samples / "nws-alerts"
    recorded = json.loads((folder / "active_severe-extreme_20260822T2154_wrapped.json").read_text())[
        "features"
    ]
    at = next(s for s in planet().stories if s.agency == "nws").versions[0].published + timedelta(minutes=2)
    simulated = json.loads(planet().body("api.weather.gov", "/alerts/active", at))["features"]
    assert simulated
    assert simulated[0]["properties"].keys() == recorded[0]["properties"].keys()
